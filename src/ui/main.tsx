/** Starts the pages. */
import '@mantine/core/styles.css';
import '@mantine/dates/styles.css';
import '@mantine/notifications/styles.css';
import './kit/kit.css';
import './kit/page.css';
import './kit/status.css';
import './kit/table.css';
import './shell/shell.css';
import './files/files.css';
import './facility/timeline.css';
// Last: paper overrules what the screen says.
import './kit/print.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router/dom';
import { Bug } from '#std/assert.ts';
import { queries } from './data/query.ts';
import { ConfirmProvider } from './kit/confirm.tsx';
import { shareStyleNonce, styleNonce, theme } from './kit/theme.ts';
import { router } from './routes.tsx';

const root = document.getElementById('root');
if (root === null) throw new Bug('the page has no root');

shareStyleNonce();
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="dark" getStyleNonce={styleNonce}>
      <QueryClientProvider client={queries}>
        <ConfirmProvider>
          <Notifications position="bottom-right" />
          <RouterProvider router={router} />
        </ConfirmProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
