// Small behaviours, joined in this order. Each page works without them.
import "./overlays.js";
import "./failures.js";
import "./time-ago.js";
import "./copy-button.js";
import "./auto-draft.js";
import "./show-preview.js";
import "./mention-complete.js";
import "./file-drop.js";
import "./key-hints.js";
import "./live-stream.js";
