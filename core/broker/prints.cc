// SPDX-License-Identifier: Apache-2.0
// print.start: every reason to refuse it, and the way of a print to its device and through it.
#include "core/broker/prints.h"

#include "core/broker/cases.h"
#include "core/broker/drain.h"
#include "core/broker/frames.h"
#include "core/broker/jobs.h"
#include "core/broker/leases.h"
#include "core/broker/persons.h"
#include "core/broker/refusals.h"
#include "core/broker/reprints.h"
#include "core/broker/store_state.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::CardStep;
using model::Code;
using model::make_error;
using MaybeError = std::optional<model::Error>;

bool has_step(const std::vector<CardStep>& steps, CardStep wanted) {
    return std::ranges::find(steps, wanted) != steps.end();
}

/// One side of the card: an attachment of this request, or a frame of this session and case.
MaybeError add_picture(const State& s, const Asked& asked, const std::string& case_id, const std::string& layer,
                       const wire::PictureSource& source, std::vector<Picture>& pictures) {
    const std::string path = "params." + layer;
    if (source.part.has_value() == source.frame.has_value() || source.part.has_value() != source.format.has_value())
        return make_error(Code::bad_request, path + " needs either part and format, or frame", path);
    Picture picture;
    picture.layer = layer;
    if (source.part) {
        const auto index = static_cast<std::size_t>(source.part->value);
        if (index >= asked.attachments.size())
            return make_error(Code::out_of_range, path + ".part: the message has no such part", path + ".part");
        picture.format = source.format->value;
        picture.descriptor = asked.attachments[index].descriptor;
        picture.bytes = asked.attachments[index].bytes;
    } else {
        const auto* frame = frame_of(s, asked.session, source.frame->value);
        if (!frame || frame->record.case_ != case_id)
            return make_error(Code::unknown_frame,
                              path + ".frame is no frame of this session and case; send the picture as a part",
                              path + ".frame");
        picture.format = frame->record.format;
        picture.frame = frame->no;
        picture.bytes = frame->record.bytes;
    }
    if (picture.bytes == 0)
        return make_error(Code::out_of_range, path + " is empty", path);
    pictures.push_back(std::move(picture));
    return std::nullopt;
}

MaybeError add_pictures(const State& s, const Asked& asked, const std::string& case_id, PrintPart& print) {
    const std::pair<const char*, const std::optional<wire::PictureSource>*> layers[] = {
        {"front", &print.params.front}, {"back", &print.params.back}, {"overlay", &print.params.overlay}};
    for (const auto& [layer, source] : layers)
        if (*source)
            if (auto error = add_picture(s, asked, case_id, layer, **source, print.pictures))
                return error;
    std::vector<wire::Descriptor> used;
    for (const auto& picture : print.pictures)
        if (picture.descriptor >= 0)
            used.push_back(picture.descriptor);
    std::ranges::sort(used);
    if (std::ranges::adjacent_find(used) != used.end())
        return make_error(Code::bad_request, "params: one part is named for two sides; send it twice", "params");
    if (used.size() != asked.attachments.size())
        return make_error(Code::bad_request, "params: the message has a part that no side names", "params");
    return std::nullopt;
}

/// What the steps need of each other and of the parameters.
MaybeError check_steps(const PrintPart& print) {
    const auto& steps = print.steps;
    const bool prints = has_step(steps, CardStep::print);
    if (prints && print.pictures.empty())
        return make_error(Code::bad_request, "params.steps names print: send a picture for front or back",
                          "params.front");
    if (!prints && !print.pictures.empty())
        return make_error(Code::bad_request, "params.steps does not name print, and there are pictures",
                          "params.steps");
    if (has_step(steps, CardStep::chip) != print.params.encoder.has_value())
        return make_error(Code::bad_request,
                          "params.encoder goes with the step chip: it names the slot that card.open "
                          "will use",
                          "params.encoder");
    if (has_step(steps, CardStep::magnetic) != print.params.tracks.has_value())
        return make_error(Code::bad_request, "params.tracks goes with the step magnetic: send both, or neither",
                          "params.tracks");
    return std::nullopt;
}

/// The slot at the step "chip": a reader that is the printer's own encoder, under the same lease.
MaybeError check_encoder(const Step& step, const Asked& asked, const PrintPart& print, const Slot& printer) {
    if (!print.params.encoder)
        return std::nullopt;
    const State& s = step.s;
    const auto encoder = s.slots.find(print.params.encoder->value);
    if (encoder == s.slots.end() || encoder->second.config.function != model::Function::card_reader)
        return make_error(Code::unknown_slot, "params.encoder names no slot of function card-reader; see slot.list",
                          "params.encoder");
    if (const auto lease = lease_for(step, *asked.request.envelope.lease, asked.session, encoder->first); !lease)
        return lease.error();
    if (auto trouble = slot_trouble(step, encoder->second))
        return trouble;
    const Device& device = s.devices.at(printer.device);
    const Device& reader = s.devices.at(encoder->second.device);
    const bool own = reader.no == device.no;
    const bool tied = !own && device.encoder && reader.facts.physical == device.encoder;
    if (own || tied)
        return std::nullopt;
    return make_error(Code::not_covered,
                      "the device of slot " + encoder->first +
                          " is not the encoder of this printer; bind the slot to the printer's own",
                      "params.encoder");
}

MaybeError check_print_case(const Step& step, const Lease& lease, const wire::PrintParams& params) {
    const Case& kept = step.s.cases.at(lease.case_);
    if (kept.phase != model::CasePhase::open)
        return case_closed(lease.case_);
    if (auto error = check_card_room(step.s, kept))
        return error;
    if (params.cites && params.cites->value == lease.case_)
        return make_error(Code::bad_request, "params.cites is this case itself; leave it out", "params.cites");
    return std::nullopt;
}

/// Attachments lie in memory until the device has them: they count like unread frames.
MaybeError check_room(const State& s, const Asked& asked) {
    std::int64_t bytes = s.sessions.at(asked.session).unread_bytes;
    for (const auto& part : asked.attachments)
        bytes += part.bytes;
    for (const auto& [no, job] : s.jobs)
        if (job.print && job.session == asked.session)
            for (const auto& picture : job.print->pictures)
                bytes += picture.descriptor >= 0 ? picture.bytes : 0;
    if (bytes <= s.config.limits.unread_frame_bytes)
        return std::nullopt;
    return make_error(Code::too_large, "this session has too many pictures waiting; release frames, or print later");
}

/// A printer that does not take a picture's format would say so only when it has the job.
MaybeError check_formats(const Step& step, const PrintPart& print, const Slot& printer) {
    const auto& offered = step.s.devices.at(printer.device).capabilities;
    const auto capabilities = offered.find(printer.config.function);
    if (capabilities == offered.end())
        return std::nullopt;
    for (const auto& picture : print.pictures)
        if (capabilities->second.check({{"formats", boost::json::array{picture.format}}})) {
            const std::string path = "params." + picture.layer + (picture.frame != 0 ? ".frame" : ".format");
            return make_error(Code::out_of_range,
                              path + " is " + picture.format +
                                  ", which this printer does not take; convert the picture to one of `formats` in "
                                  "slot.get",
                              path);
        }
    return std::nullopt;
}

MaybeError check_print(const Step& step, const Asked& asked, const Slot& slot, const Lease& lease, PrintPart& print) {
    auto error = check_print_case(step, lease, print.params);
    if (!error && slot.config.function != model::Function::card_printer)
        error = make_error(Code::out_of_range,
                           "params.slot: slot " + slot.config.name +
                               " is no card-printer; choose one that is: see slot.list",
                           "params.slot");
    if (!error)
        error = add_pictures(step.s, asked, lease.case_, print);
    if (!error)
        error = check_steps(print);
    if (!error && step.s.stopping != Stopping::no)
        error = make_error(Code::shutting_down, "the station is stopping; try again when it is back");
    if (!error)
        error = draining(step.s);
    if (!error)
        error = no_room(step.s);
    if (!error)
        error = check_reprint(step.s, asked, step.s.cases.at(lease.case_), print.params.reprint);
    if (!error)
        error = check_room(step.s, asked);
    if (!error)
        error = check_device(step, slot, asked);
    if (!error)
        error = check_formats(step, print, slot);
    if (!error)
        error = check_encoder(step, asked, print, slot);
    return error;
}

void take_attachments(Asked& asked) {
    for (auto& part : asked.attachments)
        part.descriptor = -1;
}

} // namespace

void print_start(Step& step, Asked& asked) {
    State& s = step.s;
    const auto refuse = [&](const model::Error& error) { step.reply(asked.reply_to, error); };
    if (!begins_job(step, asked))
        return;
    PrintPart print;
    print.params = std::get<wire::PrintParams>(asked.request.params);
    print.steps = print.params.steps ? print.params.steps->items : std::vector{CardStep::print};
    const auto slot = s.slots.find(print.params.slot.value);
    if (slot == s.slots.end())
        return refuse(unknown_slot(print.params.slot));
    const auto lease = lease_for(step, *asked.request.envelope.lease, asked.session, print.params.slot);
    if (!lease)
        return refuse(lease.error());
    if (auto error = check_print(step, asked, slot->second, **lease, print))
        return refuse(*error);
    Job job = new_job(step, asked, slot->second, **lease);
    job.record.subject = "card";
    job.record.steps = print.steps;
    if (print.params.cites)
        job.record.cites = print.params.cites->value;
    job.raw_params.erase("reprint"); // names of people are no business of a vendor's
    if (const auto& reprint = print.params.reprint)
        job.record.reprint = wire::Reprint{reprint->of, reprint->reason, trimmed(reprint->second.value)};
    job.print = std::move(print);
    take_attachments(asked);
    enter_card(step, job);
    accept(step, std::move(job), true);
}

} // namespace rekam::broker
