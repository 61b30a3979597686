import type { Kernel } from '../../kernel/capability.ts'
import type { CommandContext } from '../../kernel/command.ts'
export async function seedDemo(_k: Kernel, _c: CommandContext): Promise<void> {}
