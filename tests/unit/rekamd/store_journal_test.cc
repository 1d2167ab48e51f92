// SPDX-License-Identifier: Apache-2.0
// The journal in the store's file: chained, signed, erased, and judged by the verifier.
#include "core/journal/verify.h"
#include "tests/unit/rekamd/store_fixture.h"

namespace rekam::rekamd {
namespace {

using namespace std::chrono_literals;
using broker::Record;
using testing::ElementsAre;
using testing::HasSubstr;

using StoreJournalTest = StoreFileTest;

TEST_F(StoreJournalTest, entries_are_chained_in_the_transaction_of_their_records) {
    {
        StoreFile file(files.path());
        const std::vector<Record> records{{"job", "a", "1"}};
        const std::vector<broker::Entry> entries{{R"({"kind":"one"})", ""}, {R"({"kind":"two"})", R"({"case":"C-1"})"}};
        file.append(records, entries);
    }
    StoreFile file(files.path()); // the chain goes on after a restart
    file.append({}, std::vector<broker::Entry>{{R"({"kind":"three"})", R"({"case":"C-1"})"}});
    const auto bodies = column(path, "SELECT body FROM journal ORDER BY seq");
    const auto commitments = column(path, "SELECT commitment FROM journal ORDER BY seq");
    const auto salts = column(path, "SELECT salt FROM personal ORDER BY seq");
    ASSERT_THAT(bodies, ElementsAre(R"({"kind":"one"})", R"({"kind":"two"})", R"({"kind":"three"})"));
    ASSERT_EQ(salts.size(), 2U);
    EXPECT_NE(salts[0], salts[1]) << "the same person twice must not look the same";
    EXPECT_EQ(commitments[0], journal::nothing());
    EXPECT_EQ(commitments[1], journal::commitment_of(salts[0], R"({"case":"C-1"})"));
    std::string hash = journal::nothing();
    std::vector<std::string> hashes;
    for (std::size_t i = 0; i < 3; ++i)
        hashes.push_back(hash = journal::hash_of(hash, static_cast<std::int64_t>(i) + 1, bodies[i], commitments[i]));
    EXPECT_EQ(column(path, "SELECT hash FROM journal ORDER BY seq"), hashes);
}

/// The verifier's word on what is in the file.
journal::Verdict verify(const std::filesystem::path& file, journal::Anchors anchors) {
    journal::Verifier verifier(std::move(anchors));
    const auto heads = column(file, "SELECT body FROM head ORDER BY seq");
    const auto signatures = column(file, "SELECT signature FROM head ORDER BY seq");
    const auto head_seqs = column(file, "SELECT seq FROM head ORDER BY seq");
    for (std::size_t i = 0; i < heads.size(); ++i)
        verifier.add(std::stoll(head_seqs[i]), {heads[i], signatures[i]});
    const auto seqs = column(file, "SELECT seq FROM journal ORDER BY seq");
    const auto bodies = column(file, "SELECT body FROM journal ORDER BY seq");
    const auto commitments = column(file, "SELECT commitment FROM journal ORDER BY seq");
    const auto hashes = column(file, "SELECT hash FROM journal ORDER BY seq");
    for (std::size_t i = 0; i < seqs.size(); ++i) {
        const auto salt = column(file, ("SELECT salt FROM personal WHERE seq=" + seqs[i]).c_str());
        const auto body = column(file, ("SELECT body FROM personal WHERE seq=" + seqs[i]).c_str());
        const journal::Row row{std::stoll(seqs[i]), bodies[i], commitments[i], hashes[i]};
        const journal::Personal personal{row.seq, salt.empty() ? "" : salt[0], body.empty() ? "" : body[0]};
        verifier.add(row, salt.empty() ? nullptr : &personal);
    }
    return verifier.finish();
}

HeadSigner signer(std::int64_t every = 100) { return {SigningKey(std::string(32, 'k')), "S-1", every}; }
journal::Anchors known() { return {.public_key = signer().key.public_key(), .kept = {}}; }
std::vector<broker::Entry> of_case(const std::string& id) {
    return {{R"({"kind":"case.open"})", R"({"case":")" + id + R"("})"}};
}

TEST_F(StoreJournalTest, heads_are_signed_at_the_start_every_so_often_and_on_request) {
    {
        StoreFile file(files.path());
        file.append({}, of_case("C-0")); // before the first key
        file.sign_with(signer(3));
        file.append({}, of_case("C-1"));
        EXPECT_THAT(column(path, "SELECT seq FROM head"), ElementsAre("3")) << "with the key's own entry";
        EXPECT_THAT(column(path, "SELECT body FROM journal WHERE seq=2")[0], HasSubstr("journal.key"));
        for (int i = 0; i < 4; ++i)
            file.append({}, of_case("C-2"));
        EXPECT_THAT(column(path, "SELECT seq FROM head"), ElementsAre("3", "6"));
        const auto head = file.sign_head();
        ASSERT_TRUE(head);
        EXPECT_EQ(journal::read_head(head->text)->seq, 7);
        EXPECT_EQ(file.sign_head(), head) << "nothing new";
    }
    StoreFile file(files.path());
    file.sign_with(signer(100));
    file.append({}, of_case("C-3"));
    EXPECT_THAT(column(path, "SELECT seq FROM head"), ElementsAre("3", "6", "7", "8"));
    const auto verdict = verify(path, known());
    EXPECT_FALSE(verdict.flaw) << verdict.flaw->what;
    EXPECT_EQ(verdict.last, 8);
    EXPECT_THAT(column(path, "SELECT count(*) FROM journal WHERE body LIKE '%journal.key%'"), ElementsAre("1"));
}

TEST_F(StoreJournalTest, another_key_is_announced_and_vouches_for_what_the_first_one_signed) {
    StoreFile file(files.path());
    file.sign_with(signer());
    file.append({}, of_case("C-1"));
    HeadSigner second{SigningKey(std::string(32, 'n')), "S-1", 100};
    journal::Anchors anchors{.public_key = second.key.public_key(), .kept = {}};
    file.sign_with(std::move(second));
    file.append({}, of_case("C-2"));
    const auto verdict = verify(path, anchors);
    EXPECT_FALSE(verdict.flaw) << verdict.flaw->what;
    EXPECT_EQ(verdict.heads, 2);
    EXPECT_TRUE(verify(path, known()).flaw) << "the first key is not the station's any more";
}

TEST_F(StoreJournalTest, a_case_is_erased_and_the_journal_stays_whole_and_says_so) {
    StoreFile file(files.path());
    file.sign_with(signer(1));
    for (const char* id : {"C-1", "C-2", "C-1", "C-1", "C-3"})
        file.append({}, of_case(id));
    EXPECT_EQ(file.erase("C-1", R"({"kind":"journal.erased"})"), 3);
    EXPECT_EQ(file.erase("C-1", R"({"kind":"journal.erased"})"), 0);
    EXPECT_THAT(column(path, "SELECT body FROM journal ORDER BY seq DESC LIMIT 1"),
                ElementsAre(R"({"kind":"journal.erased","seqs":[[2,2],[4,5]]})"));
    auto verdict = verify(path, known());
    EXPECT_FALSE(verdict.flaw) << verdict.flaw->what;
    EXPECT_EQ(verdict.erased, 3);
    for (const char* of : {"store.sqlite3", "store.sqlite3-wal"})
        EXPECT_EQ(Files::read(files.path() / of).find(R"(C-1")"), std::string::npos) << "a trace of it in " << of;
    raw(path, "DELETE FROM personal WHERE seq=3");
    verdict = verify(path, known());
    ASSERT_TRUE(verdict.flaw);
    EXPECT_EQ(verdict.flaw->seq, 3);
}

TEST_F(StoreJournalTest, stop_signs_the_last_row) {
    boost::asio::io_context loop{1};
    auto file = std::make_unique<StoreFile>(files.path());
    file->sign_with(signer());
    Store signing(loop, std::move(file), {});
    signing.append({{}, of_case("C-1"), 1});
    signing.append({{}, of_case("C-2"), 2});
    EXPECT_TRUE(signing.stop(60s));
    EXPECT_EQ(column(files.path() / "store.sqlite3", "SELECT seq FROM head ORDER BY seq DESC LIMIT 1"),
              std::vector<std::string>{"3"});
}

} // namespace
} // namespace rekam::rekamd
