// Lints projects in Python as ruff does, by their ruff.toml: node ruff.mjs MODULES FOLDER...
// MODULES is where @astral-sh/ruff-wasm-nodejs is installed.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [modules, ...folders] = process.argv.slice(2);
const { Workspace, PositionEncoding } = createRequire(resolve(modules) + '/')('@astral-sh/ruff-wasm-nodejs');

let found = 0, files = 0;
for (const folder of folders) {
	const settings = readFileSync(join(folder, 'ruff.toml'), 'utf8');
	const read = (key) => JSON.parse(settings.match(new RegExp(`^${key} = (.+)$`, 'm'))[1]); // TOML that is JSON, too
	const workspace = new Workspace({ 'target-version': read('target-version'), lint: { select: read('select') } }, PositionEncoding.Utf16);
	for (const name of readdirSync(folder).filter((name) => name.endsWith('.py'))) {
		files++;
		for (const { code, message, start_location: at } of workspace.check(readFileSync(join(folder, name), 'utf8'))) {
			console.error(`${join(folder, name)}:${at.row}:${at.column}: ${code} ${message}`);
			found++;
		}
	}
}
if (files === 0 || found > 0) {
	console.error(`ruff: ${files} files, ${found} findings`);
	process.exit(1);
}
