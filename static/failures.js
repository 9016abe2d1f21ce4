// A request that failed says so in the corner; the page and what was typed stay as they are.
const SHOWN_FOR = 8000;

function showToast(text) {
  const toasts = document.getElementById("toasts");
  if (!toasts || !text) return;
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

document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.response.status === 422) return;
  if (ctx.response.status === 401) location.reload();
  else showToast(messageIn(ctx.text) ?? document.getElementById("toasts")?.dataset.failed);
});

document.addEventListener("htmx:error", ({ detail, target }) => {
  const isOwnWish = !target.hasAttribute?.("data-live");
  if (detail.ctx && isOwnWish) showToast(document.getElementById("toasts")?.dataset.offline);
});
