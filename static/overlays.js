// Menus close once something in them has been chosen; dialogs open where the browser lacks command buttons.
document.addEventListener("click", (event) => {
  const item = event.target.closest("[popover] .menu-item");
  if (item) item.closest("[popover]").hidePopover();

  const button = event.target.closest("button[commandfor]");
  if (!button || "commandForElement" in HTMLButtonElement.prototype) return;
  const dialog = document.getElementById(button.getAttribute("commandfor"));
  if (button.getAttribute("command") === "close") dialog.close();
  else dialog.showModal();
});
