import { serve } from './composition/serve.ts';
import { loadConfig } from './config.ts';

await serve(loadConfig(), loadConfig);
process.exit(0);
