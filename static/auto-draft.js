// Keeps what is being written on the server (POST place, title and body), also when the tab closes. The page brings it back.
const DRAFT_PAUSE = 800;

customElements.define("auto-draft", class extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form");
    this.addEventListener("input", (event) => {
      if (event.target.matches("textarea")) this.schedule();
    });
    form?.addEventListener("submit", () => this.forget());
    this.onHide = () => document.hidden && this.save();
    document.addEventListener("visibilitychange", this.onHide);
  }

  disconnectedCallback() {
    this.forget();
    document.removeEventListener("visibilitychange", this.onHide);
  }

  schedule() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), DRAFT_PAUSE);
  }

  forget() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  save() {
    if (!this.timer) return;
    this.forget();
    const { title, form_token } = this.closest("form")?.elements ?? {};
    const body = new URLSearchParams({ place: this.getAttribute("place"), body: this.querySelector("textarea").value });
    body.set("title", title?.value ?? "");
    body.set("form_token", form_token?.value ?? "");
    fetch(this.getAttribute("action") ?? "/drafts", { method: "POST", body, keepalive: true }).catch(() => {});
  }
});
