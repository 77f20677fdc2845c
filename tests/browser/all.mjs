// One process and one browser for all tests; a file is one part of the site.
import { after } from 'node:test';
import { closeAll } from './lib.mjs';
import './public.mjs';
import './card.mjs';
import './words.mjs';
import './home.mjs';
import './person.mjs';
import './filing.mjs';
import './review.mjs';
import './batch.mjs';
import './states.mjs';
import '../../web/ui/test/lib.test.mjs';

after(closeAll);
