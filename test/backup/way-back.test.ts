/** A facility that is lost, once: its printed runbook is typed, and the page about a dead server is run from a vault and from a bucket. */
import { after, before } from 'node:test';
import { giveFarPage, testFarPage } from './far-page.ts';
import { loseFacility } from './lost-facility.ts';
import type { LostFacility } from './lost-facility.ts';
import { giveTypedRunbook, testTypedRunbook } from './typed-runbook.ts';

let lost: LostFacility;
before(async () => {
  lost = await loseFacility();
  giveTypedRunbook(lost);
  giveFarPage(lost);
});
after(() => lost.close());

testTypedRunbook();
testFarPage();
