// One EventSource for the page. A message {"topic": "post-abc"} fetches what carries data-live="post-abc" anew (its
// hx-trigger is "live") and morphs it in. Rests while the page is hidden, and catches up when it is seen again.
const TOGETHER = 40;
const REST_AFTER = 30_000;

customElements.define("live-stream", class extends HTMLElement {
  connectedCallback() {
    this.topics = new Set();
    this.pause = 1000;
    this.onVisibility = () => (document.hidden ? this.restSoon() : this.wake());
    document.addEventListener("visibilitychange", this.onVisibility);
    this.open();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.rest();
  }

  open() {
    this.stream = new EventSource(this.getAttribute("src"));
    this.stream.addEventListener("message", (message) => this.hear(JSON.parse(message.data).topic));
    this.stream.addEventListener("open", () => {
      this.pause = 1000;
      if (this.hasMissed) this.refresh(document.querySelectorAll("[data-live]"));
      this.hasMissed = false;
    });
    this.stream.addEventListener("error", () => this.lose());
  }

  hear(topic) {
    this.topics.add(topic);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const selector = [...this.topics].map((name) => `[data-live~="${CSS.escape(name)}"]`).join(",");
      this.topics.clear();
      this.refresh(document.querySelectorAll(selector));
    }, TOGETHER);
  }

  refresh(elements) {
    elements.forEach((element) => element.dispatchEvent(new CustomEvent("live")));
  }

  lose() {
    this.hasMissed = true;
    if (this.stream.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), this.pause);
    this.pause = Math.min(this.pause * 2, 60_000);
  }

  restSoon() {
    this.restTimer = setTimeout(() => this.rest(), REST_AFTER);
  }

  rest() {
    clearTimeout(this.retry);
    this.stream?.close();
    this.stream = null;
    this.hasMissed = true;
  }

  wake() {
    clearTimeout(this.restTimer);
    if (!this.stream) this.open();
  }
});
