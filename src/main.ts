import { serve } from './composition/serve.ts';
import { loadConfig } from './config.ts';

process.exit(await serve(loadConfig()));
