// SPDX-License-Identifier: Apache-2.0 OR MIT
//
// rekam/cpp/card_tables.hpp: the C tables of the extensions that print, write or move cards. Where a driver does not say what
// became of the card, nobody knows: a failure is then reported as UNKNOWN.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "box.hpp"

namespace rekam::plugin::detail {

// A print call that notices whether the card was announced.
class WatchedPrint {
  public:
    explicit WatchedPrint(const rekam_print_call_t& call) : call_(call) {
        const uint32_t size = std::min<uint32_t>(call.size, sizeof watched_); // a later host knows more than this driver
        std::memcpy(&watched_, &call, size);
        watched_.size = size;
        watched_.context = this;
        watched_.started = [](void* self) { static_cast<WatchedPrint*>(self)->started(); };
        watched_.chip = [](void* self) {
            const rekam_print_call_t& host = static_cast<WatchedPrint*>(self)->call_;
            return host.chip(host.context);
        };
    }
    WatchedPrint(const WatchedPrint&) = delete;
    WatchedPrint& operator=(const WatchedPrint&) = delete;

    const rekam_print_call_t& call() const { return watched_; }
    bool begun() const { return begun_; }

  private:
    void started() {
        begun_ = true;
        call_.started(call_.context);
    }

    const rekam_print_call_t& call_;
    rekam_print_call_t watched_{};
    bool begun_ = false;
};

inline constexpr rekam_print_t print_table = {[](rekam_device_t* d, const rekam_job_t* j,
                                                 const rekam_print_call_t* call, rekam_print_result_t* result,
                                                 rekam_error_t* e) {
    WatchedPrint watched(*call);
    return guard_card(
        e,
        [&] {
            Job job(j);
            as<Print>(d).print(job, watched.call(), *result);
        },
        [&](const Error* error) { return watched.begun() && !(error && error->says_effect()); });
}};

// An Error that a driver throws says what it knows; without an effect nothing was written or moved.
inline bool is_unforeseen(const Error* error) { return error == nullptr; }

inline constexpr rekam_card_t card_table = {
    [](rekam_device_t* d, const rekam_job_t* j, uint32_t intent, uint32_t protocols, rekam_card_info_t* info,
       rekam_error_t* e) {
        return guard(e, [&] {
            Job job(j);
            as<Card>(d).card_open(job, intent, protocols, *info);
        });
    },
    [](rekam_device_t* d, const rekam_job_t* j, const uint8_t* command, size_t command_bytes, uint8_t* response,
       size_t* response_bytes, rekam_error_t* e) {
        return guard_card(
            e,
            [&] {
                Job job(j);
                const std::vector<uint8_t> answer = as<Card>(d).card_transmit(job, command, command_bytes);
                if (answer.size() > *response_bytes)
                    throw Error(REKAM_E_PROTOCOL_ERROR, "the card answered more than an APDU may hold")
                        .effect(REKAM_EFFECT_UNKNOWN);
                std::copy(answer.begin(), answer.end(), response);
                *response_bytes = answer.size();
            },
            is_unforeseen);
    },
    [](rekam_device_t* d) { as<Card>(d).card_close(); }};

inline constexpr rekam_card_transport_t card_transport_table = {
    [](rekam_device_t* d, rekam_transport_info_t* info) { as<CardTransport>(d).transport_info(*info); },
    [](rekam_device_t* d, uint32_t* at, rekam_error_t* e) {
        return guard(e, [&] { *at = as<CardTransport>(d).card_where(); });
    },
    [](rekam_device_t* d, const rekam_job_t* j, uint32_t to, uint32_t* at, rekam_error_t* e) {
        return guard_card(
            e,
            [&] {
                Job job(j);
                as<CardTransport>(d).card_move(job, to, *at);
            },
            is_unforeseen);
    }};

inline constexpr rekam_evidence_t evidence_table = {
    [](rekam_device_t* d, rekam_evidence_record_t* record, rekam_error_t* e) {
        return guard(e, [&] { as<Evidence>(d).evidence(*record); });
    }};

} // namespace rekam::plugin::detail
