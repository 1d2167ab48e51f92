// SPDX-License-Identifier: Apache-2.0
#include "core/journal/verify.h"

#include "core/base/digest.h"
#include "core/journal/entry.h"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace rekam::journal {
namespace {

/// The body of an entry about the journal itself; of no other, as those are many.
std::optional<boost::json::object> own_entry(const std::string& body) {
    if (body.find("\"journal.") == std::string::npos)
        return std::nullopt;
    boost::system::error_code error;
    auto value = boost::json::parse(body, error);
    return error || !value.is_object() ? std::nullopt : std::optional(std::move(value.as_object()));
}

std::int64_t number_of(const boost::json::value& value) { return value.is_int64() ? value.as_int64() : 0; }

} // namespace

void Verifier::note(std::int64_t seq, std::string what) {
    if (!verdict_.flaw || seq < verdict_.flaw->seq)
        verdict_.flaw = Flaw{seq, std::move(what)};
}

void Verifier::add(std::int64_t seq, const SignedHead& head) {
    auto read = read_head(head.text);
    if (!read || read->seq != seq)
        return note(seq, "the signed head of this row cannot be read: it was changed");
    ++verdict_.heads;
    heads_.emplace(seq, Signed{std::move(*read), head});
}

void Verifier::add(const Row& row, const Personal* personal) {
    check_chain(row);
    check_personal(row, personal);
    check_heads(row);
    follow_own_entry(row);
    last_hash_ = row.hash;
    verdict_.last = std::max(verdict_.last, row.seq);
}

void Verifier::check_chain(const Row& row) {
    if (verdict_.first == 0) {
        verdict_.first = row.seq;
        first_ = row;
        if (row.seq != 1)
            return; // what was before it is known when the entry comes that says where it went
    } else if (row.seq > verdict_.last + 1) {
        return note(verdict_.last + 1, "this row is missing" + (row.seq > verdict_.last + 2
                                                                    ? ", and those up to " + std::to_string(row.seq - 1)
                                                                    : std::string()));
    } else if (row.seq <= verdict_.last) {
        return note(row.seq, "this row stands where another belongs");
    }
    if (row.hash != hash_of(last_hash_, row.seq, row.body, row.commitment))
        note(row.seq, "its hash does not fit: the row was changed or replaced, or the one before it was");
}

void Verifier::check_personal(const Row& row, const Personal* personal) {
    if (!anchors_.personal)
        return;
    const bool committed = row.commitment != nothing();
    if (!committed && personal)
        note(row.seq, "a personal part was added to a row that has none");
    if (!committed)
        return;
    if (!personal)
        missing_.insert(row.seq);
    else if (commitment_of(personal->salt, personal->body) != row.commitment)
        note(row.seq, "its personal part was changed");
}

void Verifier::check_heads(const Row& row) {
    for (auto [head, end] = heads_.equal_range(row.seq); head != end; ++head)
        if (head->second.head.hash != row.hash)
            note(row.seq, "it is not the row that the station signed: the journal was written anew here or before");
    for (const auto& kept : anchors_.kept)
        if (kept.seq == row.seq && !to_hex(row.hash).starts_with(kept.hash_digits))
            note(row.seq, "it is not the row that the kept head names: the journal was written anew here or before");
}

void Verifier::follow_own_entry(const Row& row) {
    const auto body = own_entry(row.body);
    if (!body)
        return;
    const std::string kind = text_of(*body, "kind");
    if (kind == kind_key)
        if (const auto key = from_hex(text_of(*body, "public_key")))
            keys_[key_id_of(*key)] = *key;
    if ((kind == kind_moved || kind == kind_dropped) && body->contains("last"))
        if (const auto hash = from_hex(text_of(*body, "hash")))
            follow_moved(row.seq, number_of(body->at("last")), *hash);
    if (const auto* keys = body->if_contains("keys"); kind == kind_moved && keys && keys->is_array())
        for (const auto& digits : keys->as_array())
            if (const auto key = digits.is_string() ? from_hex(digits.as_string()) : std::nullopt)
                keys_[key_id_of(*key)] = *key;
    const auto* ranges = body->if_contains("seqs");
    if (kind != kind_erased || !ranges || !ranges->is_array())
        return;
    for (const auto& range : ranges->as_array())
        if (range.is_array() && range.as_array().size() == 2)
            erased_.emplace_back(number_of(range.as_array()[0]), std::min(number_of(range.as_array()[1]), row.seq - 1));
}

/// A file is named when it is written and when it is deleted: both times as the same.
void Verifier::follow_moved(std::int64_t seq, std::int64_t last, const std::string& hash) {
    if (const auto known = moved_.emplace(last, hash).first; known->second != hash)
        note(seq, "it names another entry " + std::to_string(last) + " than the one that was moved to a file");
}

void Verifier::add_orphan(std::int64_t seq) { orphans_.insert(seq); }

void Verifier::finish_beginning() {
    if (verdict_.first > 1) {
        const auto moved = moved_.find(verdict_.first - 1);
        const auto before =
            anchors_.previous || moved == moved_.end() ? anchors_.previous : std::optional(moved->second);
        if (!before)
            note(1, "the rows up to " + std::to_string(verdict_.first - 1) +
                        " are missing, and no entry says that they were moved to a file");
        else if (first_.hash != hash_of(*before, first_.seq, first_.body, first_.commitment))
            note(first_.seq, "it does not follow the last row that was moved to a file");
    }
    for (const auto& [from, to] : erased_) // one range after another: an entry may name the whole journal
        for (auto seq = missing_.lower_bound(from); seq != missing_.end() && *seq <= to; seq = missing_.erase(seq))
            ++verdict_.erased;
    if (!missing_.empty())
        note(*missing_.begin(), "its personal part is gone, and no entry says that it was erased");
    if (const auto orphan = orphans_.lower_bound(verdict_.first); orphan != orphans_.end())
        note(*orphan, "there is a personal part, and no row that it belongs to");
}

void Verifier::finish_heads() {
    for (const auto& key : anchors_.keys)
        keys_[key_id_of(key)] = key;
    if (anchors_.public_key)
        keys_[key_id_of(*anchors_.public_key)] = *anchors_.public_key;
    std::string station;
    for (const auto& [seq, one] : heads_) {
        const auto key = keys_.find(one.head.key_id);
        if (seq > verdict_.last)
            note(verdict_.last + 1,
                 "the rows from here to " + std::to_string(seq) + " are missing: the station signed them");
        else if (key == keys_.end())
            note(seq, "the head of this row is signed with a key that is not the station's");
        else if (!is_signed(one.text.text, one.text.signature, key->second))
            note(seq, "the signature of this row's head is wrong");
        else if (!station.empty() && station != one.head.station)
            note(seq, "the head of this row is another station's");
        station = one.head.station;
    }
    if (verdict_.last != 0 && heads_.empty() && anchors_.public_key)
        note(verdict_.first, "no row is signed: the heads were taken away");
    if (anchors_.public_key && !heads_.empty() &&
        heads_.rbegin()->second.head.key_id != key_id_of(*anchors_.public_key))
        note(heads_.rbegin()->first, "the newest head is signed with another key than the station's");
    if (!heads_.empty())
        verdict_.unsigned_ = std::max<std::int64_t>(0, verdict_.last - heads_.rbegin()->first);
    else
        verdict_.unsigned_ = verdict_.last - verdict_.first + (verdict_.last != 0 ? 1 : 0);
}

void Verifier::finish_kept() {
    for (const auto& kept : anchors_.kept) {
        if (kept.seq > verdict_.last)
            note(verdict_.last + 1,
                 "the rows from here to " + std::to_string(kept.seq) + " are missing: a head of them was kept");
        if (kept.seq < verdict_.first)
            ++verdict_.unchecked;
        if (!kept.whole)
            continue;
        const auto head = read_head(kept.whole->text);
        const auto key = head ? keys_.find(head->key_id) : keys_.end();
        if (key == keys_.end() || !is_signed(kept.whole->text, kept.whole->signature, key->second))
            note(kept.seq, "the kept head is not signed by the station of this journal");
    }
}

Verdict Verifier::finish() {
    finish_beginning();
    finish_heads();
    finish_kept();
    return verdict_;
}

} // namespace rekam::journal
