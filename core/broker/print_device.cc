// SPDX-License-Identifier: Apache-2.0
// A print at its device: given to it, let go when its record is durable, waiting at the chip, ended.
#include "core/broker/cards.h"
#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/prints.h"
#include "core/wire/codec.h"

#include <utility>

namespace rekam::broker {
namespace {

using model::Code;
using model::EndCause;
using model::HostEnd;
using model::JobEvent;
using model::JobPhase;
using model::make_error;
using MaybeError = std::optional<model::Error>;

std::string subject_of(const Job& job) { return "job " + job.record.job; }

void tell_host(Step& step, const Job& job, wire::Type type, std::string json = {}) {
    const Device& device = step.s.devices.at(job.device);
    wire::Prefix prefix = prefix_to(device);
    prefix.job = job.no;
    prefix.fence = static_cast<std::uint64_t>(job.fence);
    step.send(device.host, type, std::move(json), prefix);
}

/// From now on the device works on the card: for so long at most.
void bound(Step& step, const Job& job) {
    step.s.timers.arm({Timer::Kind::job_grace, job.no}, step.in_ms(step.s.config.supervision.print_ms_max));
}

} // namespace

MaybeError run_trouble(const State& s, const Job& job) {
    if (job.print)
        for (const auto& picture : job.print->pictures)
            if (picture.descriptor < 0 && !s.frames.contains(picture.frame))
                return make_error(Code::result_expired, "the frame for the card's " + picture.layer +
                                                            " was released before it was printed; nothing was done");
    return std::nullopt;
}

std::vector<wire::Descriptor> fill_run(const State& s, const Job& job, wire::HostRun& run) {
    std::vector<wire::Descriptor> descriptors;
    if (job.card) {
        const auto& params = job.card->params;
        run.card = wire::HostCard{params.intent, params.protocol, job.card->print != 0 && is_at_own_chip(s, job)};
    }
    if (!job.print)
        return descriptors;
    const auto& params = job.print->params;
    run.print.emplace();
    run.print->steps = job.print->steps;
    run.print->on_fail = params.on_fail.value_or(model::OnFail::eject);
    run.print->edge_to_edge = params.edge_to_edge.value_or(false);
    for (const auto& picture : job.print->pictures) {
        run.print->pictures.push_back({picture.layer, picture.format, picture.bytes});
        descriptors.push_back(picture.descriptor >= 0 ? picture.descriptor : s.frames.at(picture.frame).descriptor);
    }
    return descriptors;
}

void drop_pictures(Step& step, Job& job) {
    if (!job.print)
        return;
    for (auto& picture : job.print->pictures)
        if (picture.descriptor >= 0)
            step.out.push_back(CloseDescriptor{std::exchange(picture.descriptor, -1)});
    job.print->pictures.clear();
}

MaybeError print_begins(Step& step, Device& device, const wire::Message& message) {
    const auto body = wire::decode<wire::HostBegins>(message.json);
    if (!body)
        return make_error(Code::protocol_error, "the host sent evidence that cannot be read");
    Job* job = job_of(step, device, message.prefix);
    if (!job)
        return std::nullopt;
    if (!job->print || !advance(step, subject_of(*job), job->phase, JobEvent::commit))
        return make_error(Code::protocol_error, "the host began what it was not asked for");
    // An interrupt that came too late: the plugin did not see it any more.
    job->print->wish = std::exchange(job->cause, EndCause::none);
    job->refusal.reset();
    step.s.timers.disarm({Timer::Kind::job_grace, job->no});
    step.s.timers.disarm({Timer::Kind::job_deadline, job->no});
    job->record.evidence_before = body->evidence;
    // What this device remembers now settles earlier cards; after this one it could not be told apart any more.
    if (body->evidence)
        evidence_seen(step, device, *body->evidence);
    else
        step.s.unsettled.erase(device.id);
    wire::Job record = job->record;
    record.state = model::JobState::sent;
    step.save("job", job->principal + "\n" + job->record.idem, job->identity + "\n" + wire::encode(record));
    journal_begins(step, *job);
    step.s.recording_now.push_back(job->no);
    return std::nullopt;
}

void let_go(Step& step, Job& job) {
    if (!advance(step, subject_of(job), job.phase, JobEvent::send))
        return;
    job.print->begun = true;
    job.deadline_us = never_us;
    tell_host(step, job, wire::Type::host_go);
    bound(step, job);
    tell_state(step, job);
}

void hold_back(Step& step, Job& job, model::Error error) {
    job.refusal = error;
    // The plugin waits and cannot be told.
    kill_child(step, step.s.devices.at(job.device).host, std::move(error), job.device);
}

MaybeError print_at_chip(Step& step, Device& device, const wire::Message& message) {
    Job* job = job_of(step, device, message.prefix);
    if (!job)
        return std::nullopt;
    if (!job->print || !job->print->params.encoder || !advance(step, subject_of(*job), job->phase, JobEvent::chip))
        return make_error(Code::protocol_error, "the host is at a chip station that it was not asked for");
    step.s.timers.disarm({Timer::Kind::job_grace, job->no}); // its lease bounds how long it waits there
    tell_state(step, *job);
    if (job->print->wish != EndCause::none)
        interrupt_job(step, job->no, job->print->wish);
    return std::nullopt;
}

void chip_over(Step& step, JobNo no, bool failed) {
    const auto found = step.s.jobs.find(no);
    if (found == step.s.jobs.end() || !advance(step, subject_of(found->second), found->second.phase, JobEvent::resume))
        return;
    const Job& job = found->second;
    tell_host(step, job, wire::Type::host_chip_over, wire::encode(wire::HostChipOver{failed}));
    bound(step, job);
    tell_state(step, job);
}

bool defers_interrupt(Step& step, Job& job, EndCause cause) {
    if (!job.print)
        return false;
    if (job.phase == JobPhase::committing || job.phase == JobPhase::sent) {
        if (job.print->wish == EndCause::none && cause != EndCause::deadline)
            job.print->wish = cause;
        return true;
    }
    if (job.phase != JobPhase::chip)
        return false;
    advance(step, subject_of(job), job.phase, JobEvent::interrupt);
    job.cause = cause;
    tell_host(step, job, wire::Type::host_interrupt);
    bound(step, job);
    tell_state(step, job);
    return true;
}

MaybeError print_final(Step& step, Job& job, const wire::HostFinal& body) {
    if (body.printed) {
        job.record.card_at = body.printed->card_at;
        job.record.counter_before = body.printed->counter_before;
        job.record.counter_after = body.printed->counter_after;
        if (body.printed->blank_serial)
            job.record.blank_serial = shortened(*body.printed->blank_serial, 64);
    }
    if (body.frames != 0 || (!body.failure && !body.printed))
        return make_error(Code::protocol_error, "the host ended a print as no print ends");
    if (!body.failure && !job.print->begun)
        return make_error(Code::protocol_error, "the host reports a card that it did not announce");
    if (!body.failure) {
        end_job(step, job.no, HostEnd::done, std::nullopt);
        return std::nullopt;
    }
    auto error = error_from(*body.failure);
    error.effect = body.failure->effect.value_or(model::Effect::none);
    const bool unsure = error.effect == model::Effect::unknown;
    job.print->begun = job.print->begun || error.effect != model::Effect::none; // whatever it announced
    end_job(step, job.no, unsure ? HostEnd::unsure : HostEnd::failed, std::move(error));
    return std::nullopt;
}

} // namespace rekam::broker
