import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fillTheDisk, mayMount } from './full-disk.ts';

test(
  'a full disk: a clean end, nothing acknowledged lost, and it works again when space returns',
  { skip: mayMount ? false : 'needs root on Linux' },
  async () => {
    assert.ok((await fillTheDisk()).acks > 100);
  },
);
