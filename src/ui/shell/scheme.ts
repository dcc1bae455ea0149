/** Dark unless the viewer chose light. */
import { useMantineColorScheme } from '@mantine/core';

export function useScheme(): { readonly dark: boolean; readonly toggle: () => void } {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const dark = colorScheme !== 'light';
  return { dark, toggle: () => setColorScheme(dark ? 'light' : 'dark') };
}
