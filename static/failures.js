// A request that failed says so: below what was written, else in the corner; the page and what was typed stay as they are.
const SHOWN_FOR = 8000;

function say(text, target) {
  if (!text) return;
  const form = target?.closest?.("form:has(textarea)");
  if (form) sayBelow(form, text);
  else showToast(text);
}

function sayBelow(form, text) {
  form.querySelector(".failed")?.remove();
  const words = document.createElement("p");
  words.className = "field-error failed";
  words.role = "alert";
  words.textContent = text;
  form.append(words);
  words.scrollIntoView({ block: "nearest" });
}

function showToast(text) {
  const toasts = document.getElementById("toasts");
  if (!toasts) return;
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = text;
  toasts.replaceChildren(toast);
  setTimeout(() => toast.remove(), SHOWN_FOR);
}

function messageIn(page) {
  const found = /data-message>([^<]+)</.exec(page)?.[1].trim();
  return found?.replace(/&#39;/g, "'").replace(/&(#34|quot);/g, '"').replace(/&amp;/g, "&");
}

document.addEventListener("htmx:response:error", ({ detail: { ctx }, target }) => {
  if (ctx.response.status === 422) return;
  if (ctx.response.status === 401) location.reload();
  else say(messageIn(ctx.text) ?? document.getElementById("toasts")?.dataset.failed, target);
});

document.addEventListener("htmx:error", ({ detail, target }) => {
  const isOwnWish = !target.hasAttribute?.("data-live");
  if (detail.ctx && isOwnWish) say(document.getElementById("toasts")?.dataset.offline, target);
});
