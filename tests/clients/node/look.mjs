// SPDX-License-Identifier: MIT
//
// What npm's readers of /proc find: `node look.mjs DIRECTORY', which has
// node_modules.  Each begins with a line `== NAME'.
import { createRequire } from 'node:module';

const directory = process.argv[2];
const require = createRequire(`${directory}/package.json`);

const ways = {
	// pid, parent, user, state, name
	async systeminformation() {
		const all = await require('systeminformation').processes();

		for (const p of all.list)
			console.log(p.pid, p.parentPid, p.user, p.state, p.name);
		console.log('sum', all.all, all.running, all.blocked, all.sleeping);
	},
	async memory() {
		const mem = await require('systeminformation').mem();

		console.log(mem.total / 1024, mem.free / 1024);
	},
	async uptime() {
		console.log(require('systeminformation').time().uptime >= 0);
	},
	async load() {
		const load = await require('systeminformation').currentLoad();

		console.log(load.avgLoad, load.cpus.length);
	},
	async 'ps-list'() {
		const psList = (await import(`${directory}/node_modules/ps-list/index.js`)).default;

		for (const p of await psList())
			console.log(p.pid, p.ppid, p.uid, p.name, p.cmd);
	},
	async pidusage() {
		const usage = await require('pidusage')([20, 30]);

		for (const pid of [20, 30])
			console.log(pid, usage[pid].ppid, usage[pid].memory, usage[pid].ctime);
	},
	async pidtree() {
		const pidtree = (await import(`${directory}/node_modules/pidtree/index.js`)).default;

		console.log(...(await pidtree(40)).sort((a, b) => a - b));
	},
};

for (const [name, look] of Object.entries(ways)) {
	console.log('==', name);
	try {
		await look();
	} catch (error) {
		console.log(error.message);
	}
}
