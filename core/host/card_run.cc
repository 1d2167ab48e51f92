// SPDX-License-Identifier: Apache-2.0 OR MIT
// One exchange with a card on the device's thread, from open to close; the commands come as the client sends them.
#include "core/host/device.h"
#include "core/host/job_services.h"
#include "core/host/plugin_error.h"

#include "core/base/digest.h"

#include <rekam/ext/card.h>
#include <rekam/ext/card_transport.h>

#include <algorithm>

namespace rekam::host {
namespace {

using model::Code;
using wire::Failure;

/// What an extended APDU can answer; what one message to the station carries of it, in hex.
constexpr std::size_t response_bytes_max = 65'538, response_hex_max = 32 * 1024, answers_hex_enough = 24 * 1024;
constexpr std::string_view success = "9000";

std::vector<std::uint8_t> bytes_of(std::string_view hex) {
    const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(digit(hex[i]) << 4U | digit(hex[i + 1])));
    return bytes;
}

std::string hex_of(const std::uint8_t* bytes, std::size_t count) {
    return to_hex({reinterpret_cast<const char*>(bytes), count});
}

wire::CardInfo info_of(const rekam_card_info_t& info) {
    wire::CardInfo card;
    if (info.atr_bytes > 0)
        card.atr = hex_of(info.atr, std::min<std::size_t>(info.atr_bytes, sizeof info.atr));
    if (info.uid_bytes > 0)
        card.uid = hex_of(info.uid, std::min<std::size_t>(info.uid_bytes, sizeof info.uid));
    switch (info.protocol) {
    case REKAM_PROTOCOL_T0: card.protocol = model::CardProtocol::t0; break;
    case REKAM_PROTOCOL_T1: card.protocol = model::CardProtocol::t1; break;
    case REKAM_PROTOCOL_CONTACTLESS: card.protocol = model::CardProtocol::contactless; break;
    default: break;
    }
    return card;
}

std::uint32_t protocol_of(const std::optional<model::CardProtocol>& wanted) {
    if (!wanted)
        return REKAM_PROTOCOL_ANY;
    return *wanted == model::CardProtocol::t0   ? REKAM_PROTOCOL_T0
           : *wanted == model::CardProtocol::t1 ? REKAM_PROTOCOL_T1
                                                : REKAM_PROTOCOL_CONTACTLESS;
}

/// A card that is not in a print: where the device has a transport, a blank is fed for writing, and leaves at the end.
class Feed {
  public:
    Feed(const rekam_card_transport_t* transport, rekam_device_t* device, const rekam_job_t* job)
        : transport_(transport), device_(device), job_(job) {}

    std::optional<Failure> bring(bool writes) {
        if (!transport_)
            return std::nullopt;
        std::uint32_t at = REKAM_CARD_AT_UNKNOWN;
        rekam_error_t error = empty_error();
        if (const auto code = transport_->where(device_, &at, &error); code != REKAM_OK)
            return failure_of(code, error);
        if (at == REKAM_CARD_AT_CHIP)
            return std::nullopt;
        if (!writes)
            return failure_of(Code::card_absent,
                              "no card is at the chip station; print.start or intent write feeds one");
        fed_ = true;
        return move(REKAM_CARD_AT_CHIP);
    }
    void take_away(bool good) {
        if (fed_) // what does not work is reported by the next job on the device
            static_cast<void>(move(good ? REKAM_CARD_AT_EXIT : REKAM_CARD_AT_REJECT));
    }

  private:
    std::optional<Failure> move(std::uint32_t to) {
        std::uint32_t at = REKAM_CARD_AT_UNKNOWN;
        rekam_error_t error = empty_error();
        const auto code = transport_->move(device_, job_, to, &at, &error);
        return code == REKAM_OK ? std::nullopt : std::optional(failure_of(code, error));
    }

    const rekam_card_transport_t* transport_;
    rekam_device_t* device_;
    const rekam_job_t* job_;
    bool fed_ = false;
};

/// Sends the commands in order while the card answers 9000 and one message has room for the answers.
wire::HostAnswers exchange(const rekam_card_t& card, rekam_device_t* device, const rekam_job_t* job,
                           const wire::HostApdus& asked) {
    wire::HostAnswers answers;
    answers.exchange = asked.exchange;
    std::vector<std::uint8_t> response(response_bytes_max);
    std::size_t total = 0;
    for (const std::string& command : asked.commands) {
        const auto bytes = bytes_of(command);
        std::size_t count = response.size();
        rekam_error_t error = empty_error();
        const auto code = card.transmit(device, job, bytes.data(), bytes.size(), response.data(), &count, &error);
        if (code != REKAM_OK)
            answers.failure = failure_of(code, error);
        else if (count < 2 || count > response.size())
            answers.failure = failure_of(Code::broken_promise, "the plugin gave an answer without a status word");
        else if (2 * count > response_hex_max)
            answers.failure =
                failure_of(Code::too_large, "the card's answer is over 16 KiB; read it in smaller pieces");
        if (answers.failure)
            return answers;
        answers.responses.push_back(hex_of(response.data(), count));
        total += answers.responses.back().size();
        if (!answers.responses.back().ends_with(success) || total > answers_hex_enough)
            return answers;
    }
    return answers;
}

} // namespace

Event Device::run_card(const Run& run, Call& call) {
    const Request request(run.run);
    const auto* card = extension<rekam_card_t>(REKAM_EXT_CARD);
    RunEnded ended{call.id, {}, {}};
    if (request.error())
        ended.failure = failure_of(request.error()->code, request.error()->message);
    else if (!card)
        ended.failure = failure_of(Code::unsupported_parameter, "this device cannot speak with cards");
    if (ended.failure)
        return ended;
    const wire::HostCard& asked = *run.run.card;
    const JobServices services(JobServices::Kind::card, call, request, post_);
    Feed feed(asked.at_print ? nullptr : extension<rekam_card_transport_t>(REKAM_EXT_CARD_TRANSPORT), device_,
              services.table());
    ended.failure = feed.bring(asked.intent == model::CardIntent::write);
    if (ended.failure)
        return ended;
    rekam_card_info_t info{};
    info.size = sizeof info;
    rekam_error_t error = empty_error();
    const auto intent = static_cast<std::uint32_t>(asked.intent);
    const auto code = card->open(device_, services.table(), intent, protocol_of(asked.protocol), &info, &error);
    if (code != REKAM_OK) {
        ended.failure = failure_of(code, error);
        feed.take_away(false);
        return ended;
    }
    post_(CardOpened{call.id, info_of(info)});
    bool closed = false;
    while (!closed && !ended.failure) {
        const auto order = call.wait_order();
        if (!order) {
            ended.failure = failure_of(Code::cancelled, "the exchange was interrupted");
        } else if (order->kind == Order::Kind::transmit) {
            auto answers = exchange(*card, device_, services.table(), order->apdus);
            ended.failure = answers.failure;
            post_(CardAnswered{call.id, std::move(answers)});
        } else {
            closed = order->kind == Order::Kind::close;
        }
    }
    card->close(device_);
    feed.take_away(!ended.failure);
    return ended;
}

} // namespace rekam::host
