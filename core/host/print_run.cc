// SPDX-License-Identifier: Apache-2.0 OR MIT
// One print on the device's thread: pictures as memory that only can be read, the plugin held back until the station
// lets it go, the exchange with the chip from inside it.
#include "core/host/device.h"
#include "core/host/job_services.h"
#include "core/host/log.h"
#include "core/host/plugin_error.h"
#include "core/host/text.h"
#include "core/io/fd.h"
#include "core/io/memfd.h"

#include <rekam/ext/card_transport.h>
#include <rekam/ext/evidence.h>
#include <rekam/ext/print.h>

#include <cstring>
#include <sys/mman.h>

namespace rekam::host {
namespace {

using model::Code;
using wire::Failure;

/// The pictures of one card, mapped. Not movable: the plugin's records point inside.
class Pictures {
  public:
    explicit Pictures(const Run& run) {
        for (const wire::Descriptor descriptor : run.pictures)
            held_.emplace_back(descriptor);
        for (std::size_t i = 0; i < held_.size() && !failure_; ++i)
            map(held_[i].get(), run.run.print->pictures[i]);
    }
    Pictures(const Pictures&) = delete;
    Pictures& operator=(const Pictures&) = delete;
    ~Pictures() {
        for (const rekam_picture_t& picture : records_)
            ::munmap(const_cast<std::uint8_t*>(picture.data), picture.bytes); // NOLINT: mapped as read-only here
    }
    [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
    [[nodiscard]] const std::vector<rekam_picture_t>& records() const { return records_; }

  private:
    void map(int memfd, const wire::HostPicture& said) {
        rekam_picture_t picture{};
        const bool sealed = said.bytes > 0 && io::sealed_bytes(memfd) == said.bytes;
        void* data = sealed ? ::mmap(nullptr, static_cast<std::size_t>(said.bytes), PROT_READ, MAP_SHARED, memfd, 0)
                            : MAP_FAILED;
        if (data == MAP_FAILED) {
            failure_ = failure_of(Code::internal, "a picture for the card cannot be read; nothing was printed");
            return;
        }
        picture.layer = said.layer == "front"  ? REKAM_LAYER_FRONT
                        : said.layer == "back" ? REKAM_LAYER_BACK
                                               : REKAM_LAYER_OVERLAY;
        std::strncpy(picture.format, said.format.c_str(), sizeof picture.format - 1);
        picture.data = static_cast<const std::uint8_t*>(data);
        picture.bytes = static_cast<std::uint64_t>(said.bytes);
        records_.push_back(picture);
    }

    std::vector<io::Fd> held_;
    std::vector<rekam_picture_t> records_;
    std::optional<Failure> failure_;
};

model::CardAt place_of(std::uint32_t at) {
    return at <= REKAM_CARD_AT_REJECT ? static_cast<model::CardAt>(at) : model::CardAt::unknown;
}

wire::HostPrinted printed_of(const rekam_print_result_t& result) {
    wire::HostPrinted printed;
    printed.card_at = place_of(result.card_at);
    if (result.counter_before != 0)
        printed.counter_before = static_cast<std::int64_t>(result.counter_before);
    if (result.counter_after != 0)
        printed.counter_after = static_cast<std::int64_t>(result.counter_after);
    printed.blank_serial = optional_text(result.blank_serial);
    return printed;
}

} // namespace

/// What the plugin's two callbacks work on.
struct PrintUnderWay {
    Device& device;
    Call& call;
    std::optional<wire::Evidence> before;
    bool begun = false;

    void started() {
        if (std::exchange(begun, true))
            return log_line(REKAM_LOG_WARNING, "the plugin announces the same card twice");
        device.post_(Begins{call.id, {before}});
        call.wait_go();
    }
    std::uint32_t chip() {
        device.post_(AtChip{call.id});
        while (auto order = call.wait_order()) {
            if (order->kind == Order::Kind::chip_over)
                return order->failed ? REKAM_E_CARD_MUTE : REKAM_OK;
            if (order->kind == Order::Kind::card)
                device.post_(device.run_card(order->run, *order->call));
        }
        return REKAM_E_CANCELLED;
    }
};

std::optional<wire::Evidence> Device::evidence() {
    const auto* table = extension<rekam_evidence_t>(REKAM_EXT_EVIDENCE);
    if (!table)
        return std::nullopt;
    rekam_evidence_record_t record{};
    record.size = sizeof record;
    rekam_error_t error = empty_error();
    if (const auto code = table->read(device_, &record, &error); code != REKAM_OK) {
        log_line(REKAM_LOG_WARNING, "the device does not tell what it did: " + failure_of(code, error).message);
        return std::nullopt;
    }
    wire::Evidence evidence;
    evidence.card_at = place_of(record.card_at);
    if (record.has_counter != 0)
        evidence.counter = static_cast<std::int64_t>(record.counter);
    evidence.last_job = optional_text(record.last_job);
    evidence.last_serial = optional_text(record.last_serial);
    if (record.last_state <= REKAM_EFFECT_UNKNOWN)
        evidence.last_effect = static_cast<model::Effect>(record.last_state);
    return evidence;
}

void Device::learn_of_cards(wire::HostReady& ready) {
    ready.evidence = evidence();
    if (const auto* transport = extension<rekam_card_transport_t>(REKAM_EXT_CARD_TRANSPORT)) {
        rekam_transport_info_t info{};
        info.size = sizeof info;
        transport->info(device_, &info);
        ready.encoder = optional_text(info.reader);
    }
}

Event Device::run_print(const Run& run, Call& call) {
    const Pictures pictures(run);
    const Request request(run.run);
    RunEnded ended{call.id, pictures.failure(), {}};
    const auto* print = extension<rekam_print_t>(REKAM_EXT_PRINT);
    if (!ended.failure && request.error())
        ended.failure = failure_of(request.error()->code, request.error()->message);
    if (!ended.failure && !print)
        ended.failure = failure_of(Code::unsupported_parameter, "this device cannot print cards");
    if (ended.failure)
        return ended;
    const wire::HostPrint& asked = *run.run.print;
    std::vector<const char*> steps;
    for (const model::CardStep step : asked.steps)
        steps.push_back(model::name(step).data()); // literals: each ends with a zero byte
    PrintUnderWay under_way{*this, call, evidence()};
    rekam_print_call_t job{};
    job.size = sizeof job;
    job.on_fail = static_cast<std::uint32_t>(asked.on_fail);
    job.edge_to_edge = asked.edge_to_edge ? 1 : 0;
    job.step_count = static_cast<std::uint32_t>(steps.size());
    job.picture_count = static_cast<std::uint32_t>(pictures.records().size());
    job.steps = steps.data();
    job.pictures = pictures.records().data();
    job.context = &under_way;
    job.started = [](void* context) { static_cast<PrintUnderWay*>(context)->started(); };
    job.chip = [](void* context) { return static_cast<PrintUnderWay*>(context)->chip(); };
    const JobServices services(JobServices::Kind::card, call, request, post_);
    rekam_print_result_t result{};
    result.size = sizeof result;
    rekam_error_t error = empty_error();
    const std::uint32_t code = print->run(device_, services.table(), &job, &result, &error);
    ended.printed = printed_of(result);
    if (code != REKAM_OK)
        ended.failure = failure_of(code, error);
    return ended;
}

} // namespace rekam::host
