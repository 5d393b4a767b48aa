/* Enhancements of pages that work without them. */
import "./times.js";
import "./reading.js";
import "./drafts.js";
import "./preview.js";
import "./live.js";
import "./reply.js";
import "./keys.js";
