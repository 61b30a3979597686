import type { Command } from '../../../kernel/command.ts'
import { appDiff } from './app-diff.ts'
import { appGet } from './app-get.ts'
import { appList } from './app-list.ts'
import { appSync } from './app-sync.ts'
import { gitCredential } from './git-credential.ts'
import { prClose } from './pr-close.ts'
import { prDiff } from './pr-diff.ts'
import { prList } from './pr-list.ts'
import { prMerge } from './pr-merge.ts'
import { prOpen } from './pr-open.ts'
import { repositoryCommands } from './repo.ts'

/** The CLI verbs of this capability. */
export const commands: readonly Command[] = [
  appList,
  appGet,
  appSync,
  appDiff,
  prOpen,
  prList,
  prDiff,
  prMerge,
  prClose,
  ...repositoryCommands,
  gitCredential,
]
