// SPDX-License-Identifier: Apache-2.0
// What a host says about its job: progress, frames, the end; and what the core holds against it, for every driver.
#include "core/broker/cards.h"
#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/frames.h"
#include "core/broker/jobs.h"
#include "core/broker/prints.h"
#include "core/broker/readings.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::EndCause;
using model::HostEnd;
using model::JobPhase;
using model::make_error;

model::Error broken(std::string what) { return make_error(Code::protocol_error, "the host " + std::move(what)); }

} // namespace

Job* job_of(Step& step, const Device& device, const wire::Prefix& prefix) {
    const auto found = step.s.jobs.find(prefix.job);
    if (found == step.s.jobs.end() || static_cast<std::uint64_t>(found->second.fence) != prefix.fence)
        return nullptr;
    Job& job = found->second;
    const bool inside = job.card && job.card->print != 0 && job.card->print == device.running;
    const bool given = job.phase != JobPhase::accepted && job.phase != JobPhase::recording &&
                       job.phase != JobPhase::waiting; // a fence of the slot alone does not say so
    return given && (device.running == prefix.job || inside) ? &job : nullptr;
}

namespace {

/// The core refuses what the host delivers: the job is interrupted and will fail with this error.
void refuse(Step& step, Job& job, model::Error error) {
    if (!job.refusal)
        job.refusal = std::move(error);
    interrupt_job(step, job.no, EndCause::refused);
}

wire::Frame record_of(const Step& step, const Device& device, const Job& job, const wire::HostFrame& sent) {
    wire::Frame frame;
    frame.index = sent.index;
    frame.subject = sent.subject.empty() ? *job.record.subject : sent.subject;
    if (sent.page)
        frame.page = *sent.page;
    frame.side = sent.side;
    frame.format = sent.format.value;
    frame.width_px = sent.width_px;
    frame.height_px = sent.height_px;
    frame.bits = sent.bits;
    frame.channels = sent.channels;
    if (sent.dpi_x > 0 && sent.dpi_y > 0) {
        frame.dpi_x = sent.dpi_x;
        frame.dpi_y = sent.dpi_y;
    }
    frame.orientation = sent.orientation;
    frame.bytes = sent.bytes;
    frame.hash = sent.hash;
    frame.hashed_by = "host";
    frame.exposure = sent.exposure;
    frame.captured_at = step.time();
    if (!sent.quality.empty())
        frame.quality = sent.quality;
    frame.box = sent.box;
    frame.device = {device.id, device.facts.make, device.facts.model, device.facts.serial, device.facts.firmware};
    frame.station = step.s.station_id;
    frame.job = job.record.job;
    frame.case_ = job.record.case_;
    frame.attempt = *job.record.attempt;
    if (const auto kept = step.s.cases.find(job.record.case_);
        kept != step.s.cases.end() && kept->second.record.purpose == model::Purpose::test)
        frame.test = true;
    return frame;
}

/// Why a frame is not taken at all.
std::optional<model::Error> objection(const State& s, const Job& job, const wire::HostFrame& sent) {
    if (sent.exposure.mono_us < job.accepted_us)
        return make_error(
            Code::bad_frame,
            "the device delivered a frame that was exposed before this request, nothing was kept; try again");
    if (!sent.subject.empty() && sent.subject != *job.record.subject &&
        std::ranges::find(job.parts, sent.subject) == job.parts.end())
        return make_error(Code::wrong_subject, "the device delivered " + sent.subject + ", asked for was " +
                                                   *job.record.subject + "; check it and try again");
    if (std::ssize(job.frames) >= s.config.quotas.frames_per_job)
        return make_error(Code::too_large, "more than " + std::to_string(s.config.quotas.frames_per_job) +
                                               " frames in one capture; set pages_max");
    return std::nullopt;
}

void announce(Step& step, const Job& job, const wire::Frame& frame) {
    wire::JobProgress progress;
    progress.job = job.record.job;
    progress.state = model::JobState::running;
    progress.frames = std::vector{frame};
    for (const auto& to : job.reply_to)
        step.progress(to, wire::encode(progress));
}

std::optional<model::Error> judge_parts(const Job& job) {
    std::vector<std::string> got;
    for (const auto& finger : job.fingers)
        got.push_back(finger.position);
    std::vector<std::string> missing, extra;
    for (const auto& part : job.parts)
        if (std::ranges::find(got, part) == got.end())
            missing.push_back(part);
    for (const auto& part : got)
        if (std::ranges::find(job.parts, part) == job.parts.end())
            extra.push_back(part);
    const auto list = [](const std::vector<std::string>& all) {
        std::string text;
        for (const auto& item : all)
            text += (text.empty() ? "" : ", ") + item;
        return text;
    };
    if (!missing.empty() && !extra.empty())
        return make_error(Code::wrong_subject,
                          "found " + list(extra) + " instead of " + list(missing) + "; check hand and placement");
    if (!missing.empty())
        return make_error(Code::too_few_fingers,
                          "missing: " + list(missing) + "; place them, or except those that cannot be captured");
    if (!extra.empty())
        return make_error(Code::too_many_fingers, "not asked for: " + list(extra) + "; lift them and try again");
    if (got.size() > job.parts.size())
        return make_error(Code::too_many_fingers, "a part was found twice; lift all and try again");
    return std::nullopt;
}

/// What a finished capture lacks: fingers, quality. Empty: nothing.
std::optional<model::Error> judge(const Job& job) {
    if (job.frames.empty() && !job.readings)
        return make_error(Code::no_subject,
                          "the device finished without a picture or another result; place the subject and try again");
    const bool several = model::subject_parts(*job.record.subject).size() > 1;
    if (several)
        if (auto error = judge_parts(job))
            return error;
    if (!job.params.min_quality || job.params.best_effort.value_or(false))
        return std::nullopt;
    for (const auto& frame : job.taken) {
        if (!frame.quality || frame.quality->front().score >= job.params.min_quality->value)
            continue;
        const auto& quality = frame.quality->front();
        std::string reasons;
        if (quality.reasons)
            for (const auto& reason : *quality.reasons)
                reasons += (reasons.empty() ? ": " : ", ") + reason;
        return make_error(Code::poor_quality, "quality " + std::to_string(quality.score) + " is below the asked " +
                                                  std::to_string(job.params.min_quality->value) + reasons +
                                                  "; try again, or send best_effort");
    }
    return std::nullopt;
}

} // namespace

std::optional<model::Error> job_progress(Step& step, Device& device, const wire::Message& message) {
    const auto body = wire::decode<wire::HostProgress>(message.json);
    if (!body)
        return broken("sent progress that cannot be read: " + body.error().message);
    Job* job = job_of(step, device, message.prefix);
    if (!job || (job->phase != JobPhase::running && job->phase != JobPhase::sent))
        return std::nullopt;
    wire::JobProgress progress;
    progress.job = job->record.job;
    progress.state = model::shown(job->phase);
    if (body->percent)
        progress.percent = job->record.percent = body->percent->value;
    if (body->quality)
        progress.quality = body->quality->value;
    for (const auto& word : body->guide)
        if (model::is_guidance(word)) { // a vendor's free text never reaches a client as guidance
            if (!progress.guide)
                progress.guide.emplace();
            progress.guide->push_back(word);
        }
    for (const auto& to : job->reply_to)
        step.progress(to, wire::encode(progress));
    return std::nullopt;
}

std::optional<model::Error> job_frame(Step& step, Device& device, const ChildMessage& received) {
    const auto& message = received.message;
    const wire::Descriptor descriptor = message.descriptors.front();
    const auto body = wire::decode<wire::HostFrame>(message.json);
    step.send(device.host, wire::Type::host_taken, wire::encode(wire::Taken{1}), prefix_to(device));
    if (!body || received.sealed_bytes.size() != 1 || received.sealed_bytes.front() != body->bytes) {
        step.out.push_back(CloseDescriptor{descriptor});
        return broken(body ? "sent a frame that is not sealed, or not of the announced size"
                           : "sent a frame record that cannot be read");
    }
    Job* job = job_of(step, device, message.prefix);
    const bool wanted =
        job && !job->print && !job->card && (job->phase == JobPhase::running || job->cause == EndCause::cancel);
    if (!wanted) {
        step.out.push_back(CloseDescriptor{descriptor});
        return std::nullopt;
    }
    if (auto error = objection(step.s, *job, *body)) {
        step.out.push_back(CloseDescriptor{descriptor});
        refuse(step, *job, std::move(*error));
        return std::nullopt;
    }
    if (!keep_frame(step, *job, record_of(step, device, *job, *body), descriptor)) {
        refuse(step, *job,
               make_error(Code::too_large, "this session has too many unread frames; release those that were read "
                                           "(frame.release) and capture again"));
        return std::nullopt;
    }
    for (const auto& finger : body->fingers)
        job->fingers.push_back(finger);
    const auto& kept = job->taken.back();
    if (body->fingers.empty() && kept.subject != *job->record.subject)
        job->fingers.push_back({kept.subject, {}, {}, {}});
    if (job->function == model::Function::document) // a page stands for itself; a slap must first be counted
        announce(step, *job, kept);
    return std::nullopt;
}

std::optional<model::Error> job_final(Step& step, Device& device, const wire::Message& message) {
    const auto body = wire::decode<wire::HostFinal>(message.json);
    if (!body)
        return broken("ended a job with a record that cannot be read: " + body.error().message);
    Job* job = job_of(step, device, message.prefix);
    if (!job)
        return std::nullopt;
    if (job->print)
        return print_final(step, *job, *body);
    if (job->card)
        return card_final(step, *job, *body);
    if (body->failure) {
        end_job(step, job->no, HostEnd::failed, error_from(*body->failure));
        return std::nullopt;
    }
    if (job->cause == EndCause::none || job->cause == EndCause::cancel) {
        if (body->frames != std::ssize(job->frames))
            return broken("counts " + std::to_string(body->frames) + " frames where " +
                          std::to_string(job->frames.size()) + " came");
        if (body->readings) {
            if (auto error = objection(*job, *body->readings))
                return error;
            job->readings = body->readings;
        }
        auto error = judge(*job);
        if (!error && job->readings && !keep_readings(step, *job, *job->readings))
            error = make_error(Code::too_large, "this session has too many unread results; release frames that were "
                                                "read (frame.release) and capture again");
        if (error) {
            if (job->cause == EndCause::none) {
                job->cause = EndCause::refused;
                job->refusal = std::move(error);
            } else {
                end_job(step, job->no, HostEnd::failed, std::nullopt); // cancelled, and incomplete besides
                return std::nullopt;
            }
        }
    }
    end_job(step, job->no, HostEnd::done, std::nullopt);
    return std::nullopt;
}

} // namespace rekam::broker
