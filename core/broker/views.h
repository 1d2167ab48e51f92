// SPDX-License-Identifier: Apache-2.0
// The records that clients read, made from the tables; and the event streams that carry their changes.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

wire::Slot slot_view(const Step& step, const Slot& slot, bool with_capabilities);
wire::Device device_view(const Step& step, const Device& device, bool with_capabilities);
wire::Plugin plugin_view(const Step& step, const Plugin& plugin);
wire::StationResult station_view(const Step& step, bool with_time);
wire::Job job_view(const Step& step, const Job& job);
wire::Case case_view(const Case& kept);

/// What people call the place where it is plugged in.
std::optional<std::string> port_name(const State& s, const std::optional<std::string>& physical);

/// How a device stands for a slot, as an error: empty when a job can be queued there.
std::optional<model::Error> slot_trouble(const Step& step, const Slot& slot);

/// Who holds a lease, for refusals.
model::Holder holder_of(const Step& step, const Lease& lease);
std::int64_t remaining_ms(const Step& step, const Lease& lease);

std::string job_id(const State& s, JobNo no);
std::string frame_id(const State& s, FrameNo no);
std::string lease_id(const State& s, LeaseNo no);
/// The number behind "L-17-7"; 0 for anything that is no lease id of this start of the station.
LeaseNo lease_no(const State& s, std::string_view id);

// --- streams ---
void touch_station(Step& step);
void touch_slot(Step& step, const std::string& slot);
/// The device and every slot bound to it.
void touch_device(Step& step, DeviceNo device);
void touch_plugin(Step& step, PluginNo plugin);

/// The number that a record carries. One that changed while nobody listened gets its next number here.
std::int64_t seq_of(const Step& step, const std::string& stream);
/// What the gate's subscribers listen to: they hear at once of what changed before.
void interests_changed(Step& step, std::vector<std::string> prefixes);
/// At the end of a step: an event for every touched record that really changed, and that somebody listens to.
void publish(Step& step);
/// The record is gone, or goes by another name.
void forget_stream(Step& step, const std::string& name);

} // namespace rekam::broker
