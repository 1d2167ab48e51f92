// SPDX-License-Identifier: Apache-2.0
// Prints: a card that happens at most once. Its record is durable before the device is asked, and again, with what the
// device remembers, before the device may begin; a card that has begun is finished, and its end is told or unknown.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void print_start(Step& step, Asked& asked);

// --- on its way to the device ---
/// What a job lacks at the last moment: a frame that was released meanwhile.
std::optional<model::Error> run_trouble(const State& s, const Job& job);
/// Adds to host_run what a print needs; the descriptors go with the message.
std::vector<wire::Descriptor> fill_run(const State& s, const Job& job, wire::HostRun& run);
/// Gives back the attachments of a job: the host has them, or nobody will.
void drop_pictures(Step& step, Job& job);

// --- from its host ---
/// host_begins. An error means that the host broke the grammar: it is killed.
std::optional<model::Error> print_begins(Step& step, Device& device, const wire::Message& message);
/// The record that it begins is durable: the device may.
void let_go(Step& step, Job& job);
/// ... or could not be written: the device must not.
void hold_back(Step& step, Job& job, model::Error error);
std::optional<model::Error> print_at_chip(Step& step, Device& device, const wire::Message& message);
std::optional<model::Error> print_final(Step& step, Job& job, const wire::HostFinal& body);

// --- its chip station ---
/// The exchange with its chip is over.
void chip_over(Step& step, JobNo print, bool failed);
/// Wants it to end. True: it is told, or goes on, because its card has begun. False: like any other job.
bool defers_interrupt(Step& step, Job& job, model::EndCause cause);

// --- ends ---
/// Whether the device has begun what cannot be taken back.
bool has_side_effect(const Job& job);
/// The effect is unknown: whatever the cause advises, nothing may be done again before a person looked.
void look_first(model::Error& error);
/// Fills the record's effect and place of the card, once its outcome stands.
void note_effect(Job& job, const std::optional<model::Error>& given);
/// The job has left the table: what was tied to it follows, an unknown outcome waits for evidence.
void side_effect_over(Step& step, const Job& job);
/// The answer to the one who started a job: how it stands, or how it was done.
std::string result_of(const wire::Job& record);

// --- evidence ---
/// A host opened the device: what it remembers settles unknown outcomes, or shows what is known.
void evidence_seen(Step& step, const Device& device, const wire::Evidence& evidence);
/// Gives a record of the store its outcome: the station ended in the middle of it.
void restore_side_effect(wire::Job& job);
/// By its operation.
bool is_side_effect(const wire::Job& job);

} // namespace rekam::broker
