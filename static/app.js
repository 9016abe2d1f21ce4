// Served as one module, joined in this order, so that one request brings all scripts. Each page works without them.
import "./vendor/htmx.min.js";
import "./vendor/hx-csp.min.js";
import "./overlays.js";
import "./failures.js";
import "./stale-page.js";
import "./time-ago.js";
import "./copy-button.js";
import "./copy-typed.js";
import "./auto-draft.js";
import "./show-preview.js";
import "./mention-complete.js";
import "./file-drop.js";
import "./key-hints.js";
import "./live-stream.js";
