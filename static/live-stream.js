// One stream for the page. It names the topics of all elements with data-live="post-abc …"; a message
// {"topic": "post-abc"} fetches those elements anew (their hx-trigger is "live") and morphs them in. While the page is
// hidden nothing is fetched, so that nothing counts as read; it is caught up with when the page is seen again.
// With topics="…" it hears of these alone. spaces="2" says how many spaces were open when the page was made: where
// they are fewer, the stream ends for good, and a page whose stream did so is loaded anew.
const TOGETHER = 40;
const REST_AFTER = 30_000;

customElements.define("live-stream", class extends HTMLElement {
  connectedCallback() {
    this.changed = new Set();
    this.known = new Set();
    this.pause = 1000;
    this.onVisibility = () => (document.hidden ? this.restSoon() : this.wake());
    this.onSwap = () => this.topics().some((topic) => !this.asked.has(topic)) && this.reopen();
    document.addEventListener("visibilitychange", this.onVisibility);
    document.addEventListener("htmx:after:swap", this.onSwap);
    if (!document.hidden) this.open();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    document.removeEventListener("htmx:after:swap", this.onSwap);
    this.rest();
  }

  topics() {
    if (this.hasAttribute("topics")) return this.getAttribute("topics").split(" ").filter(Boolean);
    const elements = [...document.querySelectorAll("[data-live]")];
    return [...new Set(elements.flatMap((element) => element.dataset.live.split(/\s+/)))].filter(Boolean).sort();
  }

  open() {
    this.asked = new Set(this.topics());
    const asking = new URLSearchParams([...this.asked].map((topic) => ["topic", topic]));
    if (this.hasAttribute("spaces")) asking.append("spaces", this.getAttribute("spaces"));
    this.address = `${this.getAttribute("src")}?${asking}`;
    const stream = new EventSource(this.address);
    this.stream = stream;
    stream.addEventListener("message", (message) => this.hear(JSON.parse(message.data).topic));
    stream.addEventListener("ended", () => location.reload());
    stream.addEventListener("error", () => stream === this.stream && this.lose());
    stream.addEventListener("open", () => {
      this.pause = 1000;
      this.known.add(this.address);
      this.toggleAttribute("listening", true);
      if (this.hasMissed) this.refresh(document.querySelectorAll("[data-live]"));
      this.hasMissed = false;
    });
  }

  reopen() {
    if (!this.stream) return;
    this.rest();
    this.open();
  }

  hear(topic) {
    this.changed.add(topic);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => document.hidden || this.tell(), TOGETHER);
  }

  tell() {
    if (!this.changed.size) return;
    const selector = [...this.changed].map((topic) => `[data-live~="${CSS.escape(topic)}"]`).join(",");
    this.changed.clear();
    this.refresh(document.querySelectorAll(selector));
  }

  refresh(elements) {
    elements.forEach((element) => element.dispatchEvent(new CustomEvent("live")));
  }

  lose() {
    this.hasMissed = true;
    this.toggleAttribute("listening", false);
    if (this.stream.readyState !== EventSource.CLOSED) return;
    if (this.known.has(this.address)) this.askWhy();
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), this.pause);
    this.pause = Math.min(this.pause * 2, 60_000);
  }

  // What could be heard before and is refused now is no longer open to whoever sits here: the page goes with it.
  async askWhy() {
    const asking = new AbortController();
    const options = { signal: asking.signal, redirect: "manual" };
    const answer = await fetch(this.address, options).catch(() => null);
    if (answer && (answer.status === 404 || answer.type === "opaqueredirect")) location.reload();
    asking.abort();
  }

  restSoon() {
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.rest(), REST_AFTER);
  }

  rest() {
    clearTimeout(this.retry);
    this.stream?.close();
    this.stream = null;
    this.hasMissed = true;
    this.toggleAttribute("listening", false);
  }

  wake() {
    clearTimeout(this.restTimer);
    if (this.stream) this.tell();
    else this.open();
  }
});
