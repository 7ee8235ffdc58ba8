// The engine behind the page, in the browser itself. What an engine is: see types.js.

import { client } from "./browser/client.js";
import { EngineError } from "./types.js";

/** @returns {import("./types.js").Engine} An engine that works in this browser. */
export const connect = () => client(EngineError);
