import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { RealClock } from '../../../kernel/clock.ts'
import { CliError, type Command, USAGE_EXIT } from '../../../kernel/command.ts'
import { structured } from '../../../kernel/structured-output.ts'
import { explained, layoutOf } from './command-context.ts'
import { importImages } from './import-image.ts'
import { dockerConfig } from './registry/credentials.ts'
import { pullImage } from './registry/pull-image.ts'

/** Where Docker and others keep what `docker login` was told. */
const dockerFile = (): string =>
  join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json')

export const pull: Command = {
  path: ['image', 'pull'],
  summary: 'Get an image from its registry, with the credentials of docker login',
  usage: 'NAME[:TAG|@DIGEST]',
  flags: {
    mirror: { value: 'URL', many: true, summary: 'A registry to ask first' },
  },
  examples: ['drave image pull registry.example.com/web:1.0'],
  run: context =>
    explained(async () => {
      const [reference] = context.args
      if (!reference)
        throw new CliError('name an image', { hint: 'drave image pull NAME:TAG', exitCode: USAGE_EXIT })
      const host = reference.split('/')[0] ?? ''
      const mirrors = context.flags('mirror')
      context.note(`pulling ${reference}`)
      const pulled = await pullImage({
        reference,
        layout: layoutOf(context),
        keyring: dockerConfig(await readFile(dockerFile(), 'utf8').catch(() => '{}')),
        clock: new RealClock(),
        defaultRegistry: 'docker.io',
        mirrors: { [host]: mirrors, 'docker.io': mirrors },
        signal: context.signal,
      })
      context.note(`${pulled.name}: ${pulled.sizeBytes} bytes`)
      context.print(context.output === 'text' ? pulled.digest : structured(context.output, pulled))
    }),
}

export const importArchive: Command = {
  path: ['image', 'import'],
  summary: 'Take images over from an OCI layout: a directory, or a tar archive of one',
  usage: 'DIR|FILE',
  flags: { tag: { short: 't', value: 'NAME[:TAG]', summary: 'A name, if the image has none' } },
  examples: ['drave image import web.tar -t web:1.0'],
  run: context =>
    explained(async () => {
      const [source] = context.args
      if (!source)
        throw new CliError('name a directory or file', {
          hint: 'drave image import web.tar -t web:1.0',
          exitCode: USAGE_EXIT,
        })
      const names = await importImages(resolve(source), layoutOf(context), context.flag('tag'))
      if (context.output !== 'text') context.print(structured(context.output, names))
      else for (const name of names) context.print(name)
    }),
}
