// SPDX-License-Identifier: Apache-2.0
// Parameters of print.start and of the exchange with a card's chip.
#pragma once

#include "core/wire/visit_params.h"

namespace rekam::wire {

/// One picture of a print: an attachment of the request, or a stored frame. Exactly one of part and frame.
struct PictureSource {
    static constexpr bool closed = true;
    std::optional<Int<0, 15>> part;
    std::optional<MediaType> format; ///< of the part; a frame knows its own
    std::optional<FrameId> frame;
};
BOOST_DESCRIBE_STRUCT(PictureSource, (), (part, format, frame))

/// A further card where one was made already.
struct ReprintParams {
    static constexpr bool closed = true;
    JobId of;
    Reason reason;
    Label second; ///< another person than the operator
};
BOOST_DESCRIBE_STRUCT(ReprintParams, (), (of, reason, second))

struct PrintParams {
    static constexpr bool closed = true;
    SlotName slot;
    std::optional<SlotName> encoder; ///< the slot that card.open will name at the step "chip"
    std::optional<PictureSource> front, back, overlay;
    std::optional<bool> edge_to_edge;
    std::optional<List<model::CardStep, 1, 6, true>> steps; ///< in this order; only "print" without it
    std::optional<model::OnFail> on_fail;
    std::optional<List<Text<0, 107>, 1, 3>> tracks; ///< of the magnetic stripe
    std::optional<CaseId> cites;                    ///< the case, of another day, whose captures are on the card
    std::optional<ReprintParams> reprint;
    /// "acme:key" -> value; not described, the reader fills it
    VendorKeys vendor;
};
BOOST_DESCRIBE_STRUCT(PrintParams, (),
                      (slot, encoder, front, back, overlay, edge_to_edge, steps, on_fail, tracks, cites, reprint))

struct CardOpenParams {
    static constexpr bool closed = true;
    SlotName slot;
    model::CardIntent intent = model::CardIntent::read;
    std::optional<model::CardProtocol> protocol;
    std::optional<Int<100, 600'000>> timeout_ms; ///< how long to wait for a card
};
BOOST_DESCRIBE_STRUCT(CardOpenParams, (), (slot, intent, protocol, timeout_ms))

/// Command APDUs in hex, sent one after the other while the card answers 9000.
struct CardTransmitParams {
    static constexpr bool closed = true;
    JobId job;
    Int<1, 1'000'000> exchange; ///< counted by the client from 1: the same number gets the same answer again
    List<Text<8, 16'384, Charset::hex>, 1, 64> commands;
};
BOOST_DESCRIBE_STRUCT(CardTransmitParams, (), (job, exchange, commands))

struct CardCloseParams {
    static constexpr bool closed = true;
    JobId job;
    std::optional<bool> failed; ///< the card did not take what it should: its print fails, on_fail is applied
};
BOOST_DESCRIBE_STRUCT(CardCloseParams, (), (job, failed))

/// The hopper of the printer that the slot stands for; without a slot all of them.
struct CardsGetParams {
    static constexpr bool closed = true;
    std::optional<SlotName> slot;
};
BOOST_DESCRIBE_STRUCT(CardsGetParams, (), (slot))

struct CardsLoadParams {
    static constexpr bool closed = true;
    SlotName slot;
    Int<1, 100'000> count;
    Label by;
};
BOOST_DESCRIBE_STRUCT(CardsLoadParams, (), (slot, count, by))

struct CardsCountParams {
    static constexpr bool closed = true;
    SlotName slot;
    Int<0, 100'000> count; ///< as many lie in the hopper
    Label by;
    std::optional<Reason> reason;
};
BOOST_DESCRIBE_STRUCT(CardsCountParams, (), (slot, count, by, reason))

struct CardsSpoilParams {
    static constexpr bool closed = true;
    SlotName slot;
    Int<1, 100'000> count;
    Label by;
    Reason reason;
};
BOOST_DESCRIBE_STRUCT(CardsSpoilParams, (), (slot, count, by, reason))

} // namespace rekam::wire
