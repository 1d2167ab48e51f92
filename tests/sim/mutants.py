#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Planted faults of the core. Each is one source file with one piece of text replaced; rekam-sim linked with it must
come upon a violated invariant, or the simulator is blind to that kind of fault.

    mutants.py list                                 number, file and fault of each, tab between them
    mutants.py write NUMBER SOURCE_FOLDER TARGET    the changed source file

A mutant whose text is not there exactly once any more is an error: who changes that line decides what becomes of it.
"""
import pathlib
import sys

# file below core/, what goes wrong, the text, what stands there instead
MUTANTS = [
    ("broker/leases.cc", "a slot is granted while another lease holds it",
     "if (!held_by && !touches(lease.slots, wanted_before)) {", "if (!touches(lease.slots, wanted_before)) {"),
    ("broker/leases.cc", "who came later overtakes who waits for several slots",
     "if (!held_by && !touches(lease.slots, wanted_before)) {", "if (!held_by) {"),
    ("broker/leases.cc", "the jobs of a lease go on when it has ended",
     "    interrupt_jobs_of_lease(step, no, cause);\n", ""),
    ("broker/leases.cc", "a lease that is not renewed never ends",
     "    arm_expiry(step, lease);\n    step.reply", "    step.reply"),
    ("broker/leases.cc", "who waited in vain is not told",
     "    step.reply(waited.reply_to, held_error(step, waited.slots, position));\n", ""),
    ("broker/captures.cc", "a key that was used for one person answers for the next",
     "    const auto& envelope = asked.request.envelope;\n    const auto lease =",
     "    return true;\n    const auto& envelope = asked.request.envelope;\n    const auto lease ="),
    ("broker/captures.cc", "a repeated request becomes a second job",
     "open != s.open_keys.end()) {", "open != s.open_keys.end() && false) {"),
    ("broker/captures.cc", "the deadline of a job is not watched",
     "    s.timers.arm({Timer::Kind::job_deadline, no}, job.deadline_us);\n", ""),
    ("broker/captures.cc", "a job that must be recorded first is sent at once", "    if (record_first) {",
     "    if (record_first && false) {"),
    ("broker/captures.cc", "fences start again with the station", "(s.station_epoch << 24) + ", ""),
    ("broker/jobs.cc", "a plugin that ignores an interrupt is never ended",
     "    step.s.timers.arm({Timer::Kind::job_grace, no}, step.in_ms(step.s.config.supervision.interrupt_ms_max));\n",
     ""),
    ("broker/jobs.cc", "the frames of a failed job are kept", "        drop_frames_of_job(step, job);\n", "        {}\n"),
    ("broker/jobs.cc", "a job that ended stays in its device's queue", "    std::erase(device.queue, job.no);\n", ""),
    ("broker/jobs.cc", "a device gets a second job beside the first",
     "(device.state == model::DeviceState::ready || device.state == model::DeviceState::degraded) &&\n"
     "                     device.running == 0 && ", ""),
    ("broker/jobs.cc", "the end of a job is not remembered", "    remember(step, job);\n", ""),
    ("broker/jobs.cc", "the end of a job is not in the journal",
     "    journal_end(step, job.record, HowEnded::seen);\n", ""),
    ("broker/backlog.cc", "what was gathered is not written",
     "            s.timers.arm(gather, step.in_ms(s.config.supervision.store_gather_ms));\n", "            static_cast<void>(gather);\n"),
    ("broker/job_queries.cc", "a card begins although only the reserve has room for it",
     "if (const auto error = begins_card(job->second) ? no_room(step.s) : std::nullopt; error && commits)",
     "if (const std::optional<model::Error> error; error && commits)"),
    ("broker/store_state.cc", "nobody asks whether there is room again",
     "    step.s.timers.arm({Timer::Kind::store_retry, 0}, step.in_ms(ask_again_ms));\n", ""),
    ("broker/backlog.cc", "a store that failed is not tried again",
     "    step.s.timers.arm({Timer::Kind::store_retry, 0}, step.in_ms(retry_every_ms));\n", ""),
    ("broker/backlog.cc", "the records of an append that failed are forgotten",
     "        keep(s.backlog, std::move(record), token);\n", "        {}\n"),
    ("broker/backlog.cc", "the lines of an append that failed are forgotten",
     "    auto& entries = all.entries;", "    std::vector<Entry> entries;"),
    ("broker/outcomes.cc", "a frame from before the request is taken",
     "    if (sent.exposure.mono_us < job.accepted_us)\n", "    if (false)\n"),
    ("broker/outcomes.cc", "a frame that nobody wants keeps its descriptor",
     "    if (!wanted) {\n        step.out.push_back(CloseDescriptor{descriptor});\n", "    if (!wanted) {\n"),
    ("broker/outcomes.cc", "frames are taken without limit",
     "    if (std::ssize(job.frames) >= s.config.quotas.frames_per_job)\n", "    if (false)\n"),
    ("broker/frames.cc", "a frame is closed while an answer with it waits",
     "    step.forget_descriptor(found->second.descriptor);\n", ""),
    ("broker/frames.cc", "unread frames are not counted", "    session->second.unread_bytes += record.bytes;\n", ""),
    ("broker/cases.cc", "a closed case keeps its leases", "    end_leases_of_case(step, id);\n", ""),
    ("broker/previews.cc", "a host that shows on what it said was over is believed",
     "    return device.preview != 0 && device.preview == prefix.job;\n", "    return device.preview != 0 || prefix.job != 0;\n"),
    ("broker/leases.cc", "a preview goes on when its lease has ended",
     "    end_previews_of_lease(step, no, cause);\n", ""),
    ("broker/previews.cc", "a picture from before the preview is shown",
     " || view->exposure_mono_us < preview->accepted_us", ""),
    ("broker/previews.cc", "a picture that newer ones overtake keeps its descriptor",
     "        step.out.push_back(CloseDescriptor{preview->waiting->descriptor});\n    preview->waiting = ",
     "        {}\n    preview->waiting = "),
    ("broker/preview_pools.cc", "a buffer that the gate gives back stays away for ever",
     "            give_back_buffer(step, preview, *at);\n", "            {}\n"),
    ("gate/handover.cc", "a buffer goes back while a viewer looks at it",
     "            give(key, connection, stream, generation);\n        } else if",
     "            give(key, connection, stream, generation);\n            --stream.pictures.at(generation).wanted;\n"
     "        } else if"),
    ("gate/handover_clients.cc", "a ticket is good twice", "    tickets_.erase(found);\n    connection.session",
     "    connection.session"),
    ("gate/handover_clients.cc", "a ticket is good for every user",
     "if (found->second.principal != connection.principal)", "if (false)"),
    ("host/buffers.cc", "a late word frees another picture",
     "    if (at.pool.value != pool_ || at.buffer.value >= std::ssize(generations_))\n        return;\n"
     "    auto& there = generations_[static_cast<std::size_t>(at.buffer.value)];\n"
     "    if (there == at.generation.value)\n        there = 0;\n",
     "    if (at.buffer.value >= std::ssize(generations_))\n        return;\n"
     "    generations_[static_cast<std::size_t>(at.buffer.value)] = 0;\n"),
    ("broker/sessions.cc", "a session ends while it holds a lease",
     "    if (idle_at <= step.now.mono_us && !owns_anything(s, no))\n", "    if (idle_at <= step.now.mono_us)\n"),
    ("broker/streams.cc", "an event stream that comes back starts at one",
     "    step.s.streams_floor = std::max(step.s.streams_floor, found->second.seq);\n", ""),
    ("broker/hosts.cc", "a device is thought to have a process that has ended", "    device.host = 0;\n", ""),
    ("broker/children.cc", "a process that could not be started is waited for",
     "event.reason);\n    step.s.children.erase(event.child);\n    end_of(step, std::move(last));\n",
     "event.reason);\n    step.s.children.erase(event.child);\n"),
    ("broker/plugins.cc", "two processes list one plugin's devices", "plugin.enumerator != 0 || ", ""),
    ("broker/children.cc", "a process that stands still is not noticed",
     "        return kill_child(step, id, make_error(Code::broken_promise, \"it does not answer any more\"));\n",
     "        return;\n"),
    ("broker/stop.cc", "a process that does not end holds up the station's stop",
     "    for (const auto id : late)\n", "    for (const auto id : std::vector<ChildId>{})\n"),
    ("broker/job_queries.cc", "a job that the station's end interrupted stays open",
     "    } else if (!job->outcome) {", "    } else if (false) {"),
    ("model/job.cc", "a picture for an ended lease is delivered",
     "    case EndCause::lease_lost:\n",
     "    case EndCause::lease_lost: return end == HostEnd::done ? JobState::done : JobState::cancelled;\n"),
    ("broker/print_device.cc", "a card may begin before that is on disk",
     "    step.s.recording_now.push_back(job->no);\n", "    let_go(step, *job);\n"),
    ("broker/side_effects.cc", "a card that had begun when the station ended counts as not made",
     "(job.op == print_op && job.state == JobState::sent) ||", ""),
    ("model/job.cc", "a card whose printer fell silent counts as not made",
     "    if (side_effect && (end == HostEnd::died || end == HostEnd::unsure))\n", "    if (false)\n"),
    ("broker/holds.cc", "a job that waits for a slot out of service is begun",
     "return !s.holds.contains(s.jobs.at(no).record.slot);", "return s.jobs.contains(no);"),
    ("broker/leases.cc", "a slot out of service goes to who waits for it",
     "        if (any_held(s, lease.slots)) {", "        if (lease.slots.empty()) {"),
    ("broker/devices.cc", "a process is ended for its reset with a card in it",
     "    if (!works)\n        stop_child(step, *host);", "    if (!works || host->renews)\n        stop_child(step, *host);"),
    ("broker/reprints.cc", "a case gets a second card without a reprint",
     "    if (reprint)\n        return std::nullopt;\n", "    return std::nullopt;\n"),
    ("broker/reconcile.cc", "the blank of a card that was reconciled stays unknown",
     "        move_blank(step, job, key, blank_of(params));\n", ""),
    ("broker/prints.cc", "a print is taken while the station is drained", "        error = draining(step.s);\n", "{}"),
    ("broker/print_device.cc", "a printer is asked what it remembers only after the next card",
     "        evidence_seen(step, device, *body->evidence);\n", "{}"),
    ("broker/identify.cc", "a device that does not show itself is waited for for ever",
     "    s.timers.arm({Timer::Kind::identify_overdue, device.no}, step.in_ms(answer_ms_max));\n", ""),
    ("broker/identify.cc", "who first asked a device to show itself is forgotten for the next",
     "    if (device.identify)\n        return busy(", "    if (false)\n        return busy("),
    ("broker/fallbacks.cc", "nobody looks whether trouble has lasted",
     "    step.s.timers.arm({Timer::Kind::slot_place, slot.no}, due_us);\n", ""),
]


def apply(source: pathlib.Path, number: int) -> str:
    file, fault, before, after = MUTANTS[number - 1]
    text = (source / "core" / file).read_text()
    if text.count(before) != 1:
        sys.exit(f"mutant {number} ({fault}): core/{file} holds this text {text.count(before)} times, not once:\n"
                 f"{before}")
    return text.replace(before, after)


def main(arguments: list[str]) -> None:
    match arguments:
        case ["list"]:
            for number, (file, fault, _, _) in enumerate(MUTANTS, 1):
                print(f"{number}\t{file}\t{fault}")
        case ["write", number, source, target]:
            pathlib.Path(target).write_text(apply(pathlib.Path(source), int(number)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
