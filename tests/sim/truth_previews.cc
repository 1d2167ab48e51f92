// SPDX-License-Identifier: Apache-2.0
// What must be true of every picture of a preview: it is seen by nobody but the session that started the preview, while
// its lease stands, and it was made for that very preview.
#include "tests/sim/truth.h"

#include <algorithm>

namespace rekam::sim {
namespace {

std::string id_of(const broker::State& state, broker::PreviewNo no) {
    return "P-" + std::to_string(state.station_epoch) + "-" + std::to_string(no);
}

} // namespace

void Truth::preview_seen(const broker::State& state, const broker::Preview& preview) {
    KnownPreview& known = previews_[id_of(state, preview.no)];
    if (!known.session.empty())
        return;
    known.session = state.sessions.at(preview.session).token;
    known.case_ = state.leases.at(preview.lease).case_;
    known.slot = preview.slot;
    known.lease = "L-" + std::to_string(state.station_epoch) + "-" + std::to_string(preview.lease);
    known.accepted_us = preview.accepted_us;
}

void Truth::picture_sent(const broker::State& state, const wire::Message& message, const File& file) {
    const auto found = std::ranges::find_if(
        state.previews, [&](const auto& entry) { return entry.second.reply_to.request == message.prefix.request; });
    // It may end in the very step that shows its last picture: that one left before the end.
    const auto before = alive_.find(message.prefix.request);
    const bool ended = found == state.previews.end();
    require(!ended || before != alive_.end(), "no_picture_after_the_end_of_its_preview",
            "request " + std::to_string(message.prefix.request));
    const broker::Preview& preview = ended ? before->second : found->second;
    const std::string id = id_of(state, preview.no);
    const auto lease = state.leases.find(preview.lease);
    require(ended ||
                (lease != state.leases.end() && lease->second.state == model::LeaseState::held &&
                 lease->second.session == preview.session && state.slots.at(preview.slot).device == preview.device),
            "no_picture_without_a_lease", id + " is shown and its lease has ended");
    if (!file.honest)
        return; // a lying host can show anything, to the one who watches it
    // The person before stands in the next one's preview.
    require(file.made_for == id, "no_picture_to_another_preview",
            "a picture made for " + file.made_for + " is shown in " + id);
    const auto device = state.devices.find(preview.device);
    require(device == state.devices.end() || file.device == device->second.id, "no_picture_to_another_preview",
            file.device + " in " + id);
    require(file.exposed_us >= preview.accepted_us, "pictures_are_exposed_after_their_preview_began", id);
}

void Truth::picture_received(const Request& request, const boost::json::object& progress,
                             const std::vector<File>& parts) {
    const std::string id(progress.at("preview").as_string());
    const auto found = previews_.find(id);
    if (found == previews_.end()) // it ended in the step in which it began
        return require(parts.empty(), "answers_find_their_own_request", "a picture of the unknown preview " + id);
    KnownPreview& known = found->second;
    require(known.session == request.session && known.case_ == request.case_ && known.lease == request.lease &&
                known.slot == request.slot,
            "no_picture_to_another_session", id + " of another session or case went to " + request.id);
    const bool by_ticket = !request.body.empty();
    require(progress.contains("tickets") == (by_ticket && !progress.contains("seq")), "answers_find_their_own_request",
            id);
    require(parts.size() == (progress.contains("seq") && !by_ticket ? 1U : 0U), "answers_find_their_own_request", id);
    if (!progress.contains("seq"))
        return;
    const auto seq = progress.at("seq").to_number<std::int64_t>();
    require(seq > known.seq, "pictures_come_in_their_order",
            id + " shows " + std::to_string(seq) + " after " + std::to_string(known.seq));
    known.seq = seq;
    ++pictures_;
    // Whoever says it: a lying host is believed, but not that it shows what was before.
    require(progress.at("taken_at").at("mono_us").to_number<std::int64_t>() >= known.accepted_us,
            "pictures_are_exposed_after_their_preview_began", id + " as it says itself");
    if (by_ticket)
        return;
    const File& file = parts.front();
    require(!file.honest || file.made_for == id, "no_picture_to_another_preview",
            "a picture made for " + file.made_for + " was seen in " + id);
}

void Truth::ticket_read(const Request& request, const boost::json::object& answer, const std::vector<File>& files) {
    require(request.op == "frame.get" && answer.at("frame").as_string() == request.frame,
            "answers_find_their_own_request", "a ticket of " + request.id + " brought another frame");
    frame_read(request, files);
}

void Truth::watched(const Request& request, const boost::json::object& picture, const Content& content) {
    const std::string id(picture.at("preview").as_string());
    const auto found = previews_.find(id);
    require(found != previews_.end() && found->second.session == request.session &&
                found->second.case_ == request.case_ && found->second.slot == request.slot,
            "no_picture_to_another_session", id + " was shown for a ticket of " + request.id);
    require(picture.at("taken_at").at("mono_us").to_number<std::int64_t>() >= found->second.accepted_us,
            "pictures_are_exposed_after_their_preview_began", id + " as it says itself");
    if (!content.honest)
        return;
    require(content.number != 0, "no_buffer_is_written_while_somebody_has_it", id);
    require(content.made_for == id, "no_picture_to_another_preview",
            "a picture made for " + content.made_for + " was seen in " + id);
    require(content.exposed_us >= found->second.accepted_us, "pictures_are_exposed_after_their_preview_began", id);
}

} // namespace rekam::sim
