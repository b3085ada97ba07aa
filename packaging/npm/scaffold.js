#!/usr/bin/env node
// Runs the binary of the package that npm installed for this platform.
'use strict';

const {spawn} = require('child_process');
const {name} = require('./package.json');

const wanted = `${name}-${process.platform}-${process.arch}`;
const file = process.platform === 'win32' ? 'scaffold.exe' : 'scaffold';

let binary;
try {
  binary = require.resolve(`${wanted}/${file}`);
} catch {
  console.error(`scaffold: the package ${wanted} is not installed`);
  console.error(`scaffold: hint: npm install ${name} installs it, unless optional packages are left out or there is none for this platform`);
  process.exit(1);
}

const child = spawn(binary, process.argv.slice(2), {stdio: 'inherit'});
// A key such as Ctrl-C reaches the child too; what only this process gets is handed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => signal === 'SIGINT' || child.kill(signal));
}
child.on('error', (err) => {
  console.error(`scaffold: run ${binary}: ${err.message}`);
  process.exit(1);
});
child.on('exit', (status, signal) => {
  process.exit(signal ? 128 + require('os').constants.signals[signal] : status);
});
