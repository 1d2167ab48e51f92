// SPDX-License-Identifier: Apache-2.0
// A sample in a language that has no client library of ours: sdk/protocol.md and the npm package `zeromq` are all it knows.
// Takes a face until it is good, and a right hand, at any station with config/demo's slots. What it captures outlives the gate.
//   npm install zeromq && REKAM_STATION=/run/rekam node capture.js [folder for the pictures]
const { createHash, randomUUID } = require('node:crypto');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Dealer } = require('zeromq');

const TRIES = 3, ANSWER_MS = 2000, DEADLINE_MS = 30_000, LEASE_MS = 180_000;
const FACE = { slot: 'photo', subject: 'face', formats: ['image/jpeg'], min_quality: 60, attach: true };
const HAND = { slot: 'fingers', subject: 'slap.right', exceptions: [{ subject: 'finger.right-ring', reason: 'bandaged' }] };
const LOST = new Error('the station does not answer');

class Refused extends Error {
    constructor(body) {
        super(`${body.code}: ${body.message}`);
        Object.assign(this, body); // code, class, retry, effect, hint: what a program decides by
    }
}

class Station {
    constructor(place) {
        this.open = new Map();
        this.socket = new Dealer({ immediate: true, sendTimeout: ANSWER_MS, linger: 0, reconnectInterval: 10,
            heartbeatInterval: 1000, heartbeatTimeout: 5000 });
        this.socket.events.on('disconnect', () => this.open.forEach((one) => one.reject(LOST)));
        this.socket.connect(`ipc://${place}/requests`);
        this.read();
    }

    async read() {
        for await (const [header, ...parts] of this.socket) {
            const { id, more, ok, progress, result, error } = JSON.parse(header.toString());
            const asked = this.open.get(id);
            if (more) asked?.progress?.(progress);
            else if (ok) asked?.resolve({ ...result, parts });
            else if (asked) asked.reject(new Refused(error));
            else console.error(error.message); // a header that the station could not read has no id
        }
    }

    async ask(op, params, { progress, wait = ANSWER_MS, ...more } = {}) {
        const id = randomUUID();
        const answer = new Promise((resolve, reject) => this.open.set(id, { resolve, reject, progress }));
        answer.catch(() => {}); // it may fail while the send still waits
        const timer = setTimeout(() => this.open.get(id)?.reject(LOST), wait);
        const header = { v: 1, id, op, session: this.session, params, progress: Boolean(progress), ...more };
        try {
            await this.socket.send(JSON.stringify(header)).catch(() => { throw LOST; }); // nobody is there
            return await answer;
        } finally {
            clearTimeout(timer);
            this.open.delete(id);
        }
    }

    async hello() { // a session outlives the gate: take it up again, as often as that takes
        const params = { client: 'capture.js 1.0', ...(this.session && { resume: this.session }) };
        for (let tries = 1; ; ++tries)
            try {
                ({ session: this.session, station_epoch: this.epoch } = await this.ask('hello', params, { session: undefined }));
                return;
            } catch (error) {
                if (error !== LOST || tries === TRIES) throw error;
            }
    }

    async capture(lease, params, progress) { // exactly once: the same idem again joins it, or gives its recorded answer
        const once = { lease, deadline_ms: DEADLINE_MS, idem: randomUUID(), station_epoch: this.epoch };
        for (;;)
            try {
                return await this.ask('capture.start', params, { ...once, progress, wait: DEADLINE_MS + ANSWER_MS });
            } catch (error) {
                if (error !== LOST) throw error;
                await this.hello(); // then the same again, with the same idem
            }
    }

    async bytes(frame, parts) { // attached to the reply, or fetched in pieces
        let data = frame.part === undefined ? Buffer.alloc(0) : parts[frame.part];
        while (data.length < frame.bytes)
            data = Buffer.concat([data, ...(await this.ask('frame.get', { frame: frame.frame, offset: data.length })).parts]);
        if (`sha256:${createHash('sha256').update(data).digest('hex')}` !== frame.hash) throw new Error('damaged on its way');
        return data;
    }
}

async function good(station, lease, params) {
    for (let tries = 1; ; ++tries)
        try {
            return await station.capture(lease, params, ({ guide }) => guide && console.log('  please:', ...guide));
        } catch (error) { // what the person at the desk can do better is done again; `hint` says what
            if (error.class !== 'operator' || error.retry !== 'now' || tries === TRIES) throw error;
            console.log(error.message);
        }
}

async function visit(station, folder) {
    const { case: id } = await station.ask('case.open', { purpose: 'test' });
    const keep = [];
    try {
        const { lease } = await station.ask('lease.acquire', { slots: ['photo', 'fingers'], case: id, ttl_ms: LEASE_MS });
        for (const params of [FACE, HAND]) {
            const { frames: [frame], parts } = await good(station, lease, params); // of a face or a slap there is one
            const file = join(folder, `${frame.subject}.${frame.format.split('/')[1]}`);
            writeFileSync(file, await station.bytes(frame, parts));
            keep.push(frame.frame);
            console.log(`${file}: ${frame.width_px} x ${frame.height_px}`);
        }
    } finally {
        await station.ask('case.close', { case: id, keep }); // ends the lease as well
    }
}

const station = new Station(process.env.REKAM_STATION ?? '/run/rekam');
station.hello().then(() => visit(station, process.argv[2] ?? '.'))
    .catch((error) => { console.error(error); process.exitCode = 1; })
    .finally(() => station.socket.close());
