import type { ComponentType } from 'preact'
import { AppPage } from './apps/app-page.tsx'
import { AppsPage } from './apps/apps-page.tsx'
import { ListPage } from './objects/list-page.tsx'
import { ObjectPage } from './objects/object-page.tsx'
import { PullsPage } from './pulls/pulls-page.tsx'
import { PullPage } from './pulls/pull-page.tsx'
import { RoadPage } from './road/road-page.tsx'

export interface Page {
  /** First segment of the URL. */
  path: string
  title: string
  /** The label in the navigation; absent for pages reached from others. */
  nav?: string
  component: ComponentType
}

/** The pages, by the first segment of their URL. */
export const pages: readonly Page[] = [
  { path: '', title: 'Road', nav: 'Road', component: RoadPage },
  { path: 'pulls', title: 'Pull requests', nav: 'Pull requests', component: PullsPage },
  { path: 'pull', title: 'Pull request', component: PullPage },
  { path: 'apps', title: 'Applications', nav: 'Applications', component: AppsPage },
  { path: 'app', title: 'Application', component: AppPage },
  { path: 'objects', title: 'Objects', nav: 'Objects', component: ListPage },
  { path: 'object', title: 'Object', component: ObjectPage },
]
