#!/usr/bin/env node
// The Bun that npm installed, as a command: what `npm test` and the scripts call.
import { launch } from './launch.js';

launch(process.argv.slice(2));
