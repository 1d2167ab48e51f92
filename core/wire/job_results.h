// SPDX-License-Identifier: Apache-2.0
// What the broker answers about captures, frames, jobs and health.
#pragma once

#include "core/wire/records.h"

namespace rekam::wire {

struct CaptureResult {
    std::string job;
    model::JobState outcome = model::JobState::done;
    std::string case_, slot, subject;
    std::int64_t attempt = 1;
    std::vector<Frame> frames;
    std::optional<std::vector<Excepted>> excepted;
    std::optional<std::vector<Finger>> fingers;
    std::optional<Readings> readings;
    std::optional<bool> readings_expired;
};
BOOST_DESCRIBE_STRUCT(CaptureResult, (),
                      (job, outcome, case_, slot, subject, attempt, frames, excepted, fingers, readings,
                       readings_expired))
struct JobProgress {
    std::string job;
    model::JobState state = model::JobState::accepted;
    std::optional<std::int64_t> percent, quality, position;
    std::optional<std::vector<std::string>> guide;
    std::optional<std::vector<Frame>> frames;
};
BOOST_DESCRIBE_STRUCT(JobProgress, (), (job, state, percent, quality, position, guide, frames))

struct PrintResult {
    std::string job;
    model::JobState outcome = model::JobState::done;
    std::string case_, slot;
    model::Effect effect = model::Effect::done;
    model::CardAt card_at = model::CardAt::unknown;
    std::optional<std::int64_t> counter_before, counter_after;
    std::optional<std::string> blank_serial, cites;
    std::optional<Reprint> reprint;
    std::optional<model::Blank> blank;
};
BOOST_DESCRIBE_STRUCT(PrintResult, (),
                      (job, outcome, case_, slot, effect, card_at, counter_before, counter_after, blank_serial, cites,
                       reprint, blank))
struct CardOpened {
    std::string job;
    model::JobState state = model::JobState::running;
    std::string case_, slot;
    model::CardIntent intent = model::CardIntent::read;
    CardInfo card;
    std::optional<std::string> print;
};
BOOST_DESCRIBE_STRUCT(CardOpened, (), (job, state, case_, slot, intent, card, print))
struct CardTransmitted {
    std::string job;
    std::int64_t exchange = 1;
    std::vector<std::string> responses;
};
BOOST_DESCRIBE_STRUCT(CardTransmitted, (), (job, exchange, responses))
struct CardClosed {
    std::string job;
    model::JobState outcome = model::JobState::done;
    model::Effect effect = model::Effect::none;
    std::int64_t exchanges = 0;
};
BOOST_DESCRIBE_STRUCT(CardClosed, (), (job, outcome, effect, exchanges))

struct FrameGetResult {
    std::string frame;
    std::int64_t offset = 0, length = 0, bytes = 0, part = 0;
};
BOOST_DESCRIBE_STRUCT(FrameGetResult, (), (frame, offset, length, bytes, part))
/// The gate adds the ticket, and where to show it.
struct FrameTicket {
    std::string frame;
    std::int64_t bytes = 0;
    std::string hash;
};
BOOST_DESCRIBE_STRUCT(FrameTicket, (), (frame, bytes, hash))
struct FrameReleased {
    std::int64_t released = 0;
};
BOOST_DESCRIBE_STRUCT(FrameReleased, (), (released))

struct JobResult {
    Job job;
};
BOOST_DESCRIBE_STRUCT(JobResult, (), (job))
struct JobList {
    std::vector<Job> jobs;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(JobList, (), (jobs, next))
struct JobCancelled {
    std::string job;
    model::JobState state = model::JobState::accepted;
};
BOOST_DESCRIBE_STRUCT(JobCancelled, (), (job, state))
struct JobExtended {
    std::string job;
    std::int64_t remaining_ms = 0;
};
BOOST_DESCRIBE_STRUCT(JobExtended, (), (job, remaining_ms))

/// One hopper, as clients read it.
struct HopperView {
    std::string device;
    std::vector<std::string> slots;
    std::int64_t loaded = 0, issued = 0, rejected = 0, spoiled = 0, unknown = 0, left = 0, difference = 0;
    std::optional<Time> counted_at;
    std::optional<std::int64_t> per_hour; ///< at the pace of the last working hours
    std::optional<Time> empty_at;         ///< at that pace
    std::optional<std::vector<UsedBlank>> blanks;
};
BOOST_DESCRIBE_STRUCT(HopperView, (),
                      (device, slots, loaded, issued, rejected, spoiled, unknown, left, difference, counted_at,
                       per_hour, empty_at, blanks))
struct HopperResult {
    HopperView hopper;
};
BOOST_DESCRIBE_STRUCT(HopperResult, (), (hopper))
struct HopperList {
    std::vector<HopperView> hoppers;
};
BOOST_DESCRIBE_STRUCT(HopperList, (), (hoppers))

struct HealthResult {
    std::string device;
    std::optional<std::string> slot;
    model::HealthLevel level = model::HealthLevel::self;
    model::HealthState state = model::HealthState::unknown;
    std::vector<HealthCheck> checks;
    std::int64_t took_ms = 0;
    Time at;
    std::optional<std::vector<Consumable>> consumables{};
};
BOOST_DESCRIBE_STRUCT(HealthResult, (), (device, slot, level, state, checks, took_ms, at, consumables))

struct StatisticsResult {
    Statistics statistics;
};
BOOST_DESCRIBE_STRUCT(StatisticsResult, (), (statistics))

} // namespace rekam::wire
