/** The pages of each hat, in the order of the side bar. */
import {
  IconActivity,
  IconBuilding,
  IconCalendarUser,
  IconDatabaseExport,
  IconFileCertificate,
  IconFolders,
  IconKey,
  IconListSearch,
  IconMessageQuestion,
  IconMovie,
  IconShieldQuestion,
  IconSunHigh,
  IconTopologyStar3,
  IconUsers,
} from '@tabler/icons-react';
import { paths } from '../paths.ts';
import type { Hat } from '../paths.ts';

export interface NavigationItem {
  readonly text: string;
  readonly to: string;
  readonly Icon: typeof IconKey;
  readonly end: boolean;
  /** Shown only to those who hold this facility-wide action. */
  readonly needs?: string;
}

export const HATS: Readonly<Record<Hat, string>> = { facility: 'Facility', studio: 'Studio', assess: 'Assess' };

export const NAVIGATION: Readonly<Record<Hat, readonly NavigationItem[]>> = {
  facility: [
    { text: 'Today', to: paths.home('facility'), Icon: IconSunHigh, end: true },
    { text: 'Projects', to: paths.projects(), Icon: IconMovie, end: false },
    { text: 'People', to: paths.people(), Icon: IconUsers, end: false },
    { text: 'Who can', to: paths.whoCan('facility'), Icon: IconShieldQuestion, end: false },
    { text: 'Sessions', to: paths.sessions(), Icon: IconActivity, end: false },
    {
      text: 'Network',
      to: paths.network('facility').replace(/\/map$/, ''),
      Icon: IconTopologyStar3,
      end: false,
      needs: 'network.see',
    },
    {
      text: 'Backups',
      to: paths.backups('facility').replace(/\/copies$/, ''),
      Icon: IconDatabaseExport,
      end: false,
      needs: 'backup.see',
    },
    { text: 'Ledger', to: paths.ledger('facility'), Icon: IconListSearch, end: false },
    { text: 'Evidence', to: paths.bundle('facility'), Icon: IconFileCertificate, end: false, needs: 'ledger.export' },
    { text: 'Settings', to: paths.settings().replace(/\/facility$/, ''), Icon: IconBuilding, end: false },
  ],
  studio: [
    { text: 'My projects', to: paths.home('studio'), Icon: IconFolders, end: true },
    { text: 'Sessions and keys', to: paths.keys(), Icon: IconKey, end: false },
    { text: 'Ask', to: paths.studioAsk(), Icon: IconMessageQuestion, end: false },
  ],
  assess: [
    { text: 'Who had access', to: paths.whoHadAccess(), Icon: IconCalendarUser, end: false },
    { text: 'Who could', to: paths.whoCan('assess'), Icon: IconShieldQuestion, end: false },
    {
      text: 'Network',
      to: paths.network('assess').replace(/\/map$/, ''),
      Icon: IconTopologyStar3,
      end: false,
      needs: 'network.see',
    },
    {
      text: 'Backups',
      to: paths.backups('assess').replace(/\/copies$/, ''),
      Icon: IconDatabaseExport,
      end: false,
      needs: 'backup.see',
    },
    { text: 'Ledger', to: paths.ledger('assess'), Icon: IconListSearch, end: false },
    { text: 'Evidence bundle', to: paths.bundle(), Icon: IconFileCertificate, end: false },
  ],
};
