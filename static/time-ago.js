// Keeps "14 min ago" true while the page stays open; after twelve hours the server's words stay as they are.
const MINUTE = 60_000;
const TWELVE_HOURS = 720 * MINUTE;

customElements.define("time-ago", class extends HTMLElement {
  static open = new Set();

  static {
    setInterval(() => this.open.forEach((element) => element.refresh()), MINUTE / 2);
  }

  connectedCallback() {
    this.constructor.open.add(this);
  }

  disconnectedCallback() {
    this.constructor.open.delete(this);
  }

  refresh() {
    const time = this.querySelector("time");
    const words = document.documentElement.dataset;
    const age = Date.now() - Date.parse(time?.dateTime);
    if (!(age >= 0 && age < TWELVE_HOURS) || !words.agoNow) return;
    const minutes = Math.floor(age / MINUTE);
    if (minutes < 1) time.textContent = words.agoNow;
    else if (minutes < 60) time.textContent = words.agoMinutes.replace("7777", minutes);
    else time.textContent = words.agoHours.replace("7777", Math.floor(minutes / 60));
  }
});
