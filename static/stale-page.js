// A page that the browser kept is not shown again as it was: whoever sits here may have signed out, or see less by now.
// It is hidden as it is put away, so that not even its picture comes back, and loads itself anew when it is called back.
addEventListener("pagehide", (event) => {
  if (event.persisted) document.documentElement.hidden = true;
});

addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
