import { signal } from '@preact/signals'

type Theme = 'light' | 'dark'

const STORED = 'drave-theme'
const preferred = matchMedia('(prefers-color-scheme: dark)')

const stored = localStorage.getItem(STORED)
/** The chosen theme, or the system's until one is chosen. */
export const theme = signal<Theme>(
  stored === 'light' || stored === 'dark' ? stored : preferred.matches ? 'dark' : 'light',
)

preferred.addEventListener('change', () => {
  if (!localStorage.getItem(STORED)) theme.value = preferred.matches ? 'dark' : 'light'
})
theme.subscribe(value => {
  document.documentElement.dataset.theme = value
})

export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark'
  localStorage.setItem(STORED, theme.value)
}
