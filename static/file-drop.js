// Files by button, drop or paste: each is POSTed to action as "file"; the answer is Markdown, written at the cursor.
// A refusal answers with a status of 400 or more and a plain sentence.
customElements.define("file-drop", class extends HTMLElement {
  connectedCallback() {
    this.text = this.querySelector("textarea");
    if (!this.hasAttribute("action") || this.isReady) return;
    this.isReady = true;
    this.list = this.querySelector(".composer-files");
    const picker = this.querySelector("input[type=file]");
    picker?.addEventListener("change", () => {
      this.take([...picker.files]);
      picker.value = "";
    });
    this.addEventListener("paste", (event) => this.receive(event, event.clipboardData));
    this.addEventListener("drop", (event) => this.receive(event, event.dataTransfer));
    this.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      this.classList.add("is-over");
    });
    for (const name of ["dragleave", "drop"]) this.addEventListener(name, () => this.classList.remove("is-over"));
  }

  receive(event, data) {
    if (!data.files.length) return;
    event.preventDefault();
    this.take([...data.files]);
  }

  take(files) {
    files.forEach((file) => this.upload(file));
  }

  async upload(file) {
    const line = this.line(file);
    try {
      const body = new FormData();
      body.set("file", file);
      body.set("form_token", this.closest("form")?.elements.form_token?.value ?? "");
      const answer = await fetch(this.getAttribute("action"), { method: "POST", body, headers: { Accept: "text/plain" } });
      const words = answer.headers.get("content-type")?.startsWith("text/plain") ? await answer.text() : "";
      if (!answer.ok || !words) throw new Error(words);
      this.write(words);
      line.remove();
    } catch (refusal) {
      line.className = "is-failed";
      line.textContent = `${file.name}: ${refusal instanceof TypeError ? this.dataset.failed : refusal.message || this.dataset.failed}`;
    }
  }

  line(file) {
    const line = document.createElement("li");
    const progress = document.createElement("progress");
    progress.setAttribute("aria-label", `${this.dataset.uploading}: ${file.name}`);
    line.append(progress, file.name);
    this.list.append(line);
    return line;
  }

  write(markdown) {
    const before = this.text.value.slice(0, this.text.selectionStart);
    const space = before && !before.endsWith("\n") ? "\n" : "";
    this.text.setRangeText(`${space}${markdown.trim()}\n`, this.text.selectionStart, this.text.selectionEnd, "end");
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
  }
});
