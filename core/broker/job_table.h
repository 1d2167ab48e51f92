// SPDX-License-Identifier: Apache-2.0
// Rows of the broker's tables about jobs: those that are under way, and what is left of those that ended.
#pragma once

#include "core/broker/side_effects.h"
#include "core/wire/request.h"

namespace rekam::broker {

struct Job {
    JobNo no = 0;
    model::JobPhase phase = model::JobPhase::accepted;
    model::EndCause cause = model::EndCause::none;
    std::optional<model::Error> refusal; ///< what the core holds against it (cause refused)
    SessionNo session = 0;
    LeaseNo lease = 0;
    DeviceNo device = 0; ///< it runs or waits there
    std::int64_t fence = 0;
    model::Function function = model::Function::camera;
    std::string principal;
    std::string identity; ///< what a request with the same idem must be, to be the same request
    wire::CaptureParams params;
    boost::json::object raw_params;
    std::vector<std::string> parts; ///< fingers or eyes still asked for
    std::int64_t accepted_us = 0, deadline_us = 0;
    std::vector<ReplyTo> reply_to;
    std::vector<FrameNo> frames;
    std::vector<wire::Frame> taken; ///< their records, in the same order: the client may release one while the job runs
    std::vector<wire::Finger> fingers;
    std::optional<PrintPart> print;
    std::optional<CardPart> card;
    std::optional<wire::Readings> readings;
    wire::Job record; ///< what job.get answers, and what the store keeps
};

/// What a job read beside frames. It is a person's, as frames are, so it ends as they do and is never stored.
struct KeptReadings {
    JobNo no = 0;
    SessionNo session = 0;
    std::string case_;
    std::int64_t bytes = 0; ///< charged to the session
    wire::Readings readings;
};

/// A job that ended: enough to answer the same key again. Older ones have only key and hash here, the rest on disk.
struct Ended {
    std::string identity; ///< as in Job
    std::string job;      ///< its id
    std::optional<wire::Job> record;
    std::optional<CardFacts> card; ///< of a print
};

} // namespace rekam::broker
