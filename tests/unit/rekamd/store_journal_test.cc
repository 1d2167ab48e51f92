// SPDX-License-Identifier: Apache-2.0
// The journal in the store's file: chained, signed, erased, and judged by the verifier.
#include "core/base/digest.h"
#include "core/rekamd/journal_desk.h"
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
journal::Anchors known() { return {.public_key = signer().key.public_key(), .kept = {}, .personal = true}; }
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
    journal::Anchors anchors{.public_key = second.key.public_key(), .kept = {}, .personal = true};
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
    const broker::EraseCase what{"C-1", {R"({"kind":"journal.erased"})", R"({"by":"Sari"})"}};
    EXPECT_EQ(file.erase(what).entries, 3);
    EXPECT_TRUE(file.wipe());
    EXPECT_EQ(file.erase(what).entries, 0);
    EXPECT_FALSE(file.has_traces()) << "there was nothing any more";
    EXPECT_THAT(column(path, "SELECT body FROM journal ORDER BY seq DESC LIMIT 1"),
                ElementsAre(R"({"kind":"journal.erased","seqs":[[2,2],[4,5]]})"));
    auto verdict = verify(path, known());
    EXPECT_FALSE(verdict.flaw) << verdict.flaw->what;
    EXPECT_EQ(verdict.erased, 3);
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

struct JournalReaderTest : StoreFileTest {
    JournalReaderTest() {
        StoreFile file(path.parent_path());
        file.sign_with(signer(4));
        for (int i = 1; i <= 9; ++i)
            file.append({}, std::vector<broker::Entry>{
                                {R"({"kind":")" + std::string(i % 3 == 0 ? "print.end" : "capture.end") +
                                     R"(","at":{"utc_us":)" + std::to_string(1'000 * i) + R"(},"slot":"s)" +
                                     std::to_string(i % 2) + R"(","job":"J-1-)" + std::to_string(i) + R"("})",
                                 R"({"case":"C-1"})"}});
    }
    /// The numbers of what is found, page by page.
    std::string found(wire::JournalQueryParams params) {
        std::string all;
        JournalReader reader(path);
        for (;;) {
            const auto page = reader.query(params);
            if (!page)
                return page.error().path.value_or("?");
            for (const auto& entry : page->entries)
                all += (all.empty() || all.back() == '|' ? "" : " ") + std::to_string(entry.seq);
            if (!page->next)
                return all;
            all += "|";
            params.cursor = *page->next;
        }
    }
};

TEST_F(JournalReaderTest, gives_pages_and_what_was_asked_for) {
    wire::JournalQueryParams all;
    EXPECT_EQ(found(all), "1 2 3 4 5 6 7 8 9 10") << "the first is the key's";
    all.limit = 4;
    EXPECT_EQ(found(all), "1 2 3 4|5 6 7 8|9 10");
    all.from = 9;
    EXPECT_EQ(found(all), "9 10");
    wire::JournalQueryParams some;
    some.kind = "print.end";
    EXPECT_EQ(found(some), "4 7 10");
    some.slot = "s1";
    EXPECT_EQ(found(some), "4 10");
    some.since_us = 4'000;
    EXPECT_EQ(found(some), "10");
    some.until_us = 9'000;
    EXPECT_EQ(found(some), "");
    wire::JournalQueryParams job;
    job.job = "J-1-5";
    EXPECT_EQ(found(job), "6");
    job.cursor = "x";
    EXPECT_EQ(found(job), "params.cursor");
}

TEST_F(JournalReaderTest, proves_what_it_gives) {
    wire::JournalQueryParams params;
    params.proof = true;
    const auto page = JournalReader(path).query(params);
    ASSERT_TRUE(page);
    journal::Verifier verifier({.public_key = signer().key.public_key(), .kept = {}, .personal = false});
    for (const auto& head : *page->heads)
        verifier.add(head.seq, {head.text, from_hex(head.signature).value()});
    for (const auto& entry : page->entries)
        verifier.add({entry.seq, *entry.text, from_hex(*entry.commitment).value(), from_hex(*entry.hash).value()},
                     nullptr);
    const auto verdict = verifier.finish();
    EXPECT_FALSE(verdict.flaw) << verdict.flaw->what;
    EXPECT_EQ(verdict.heads, std::ssize(*page->heads));
    EXPECT_EQ(page->entries[1].entry.text.find("C-1"), std::string::npos);
}

TEST_F(JournalReaderTest, verifies_in_slices_beside_the_one_who_writes) {
    StoreFile file(files.path());
    file.sign_with(signer());
    std::vector<broker::Entry> many(12'000, {R"({"kind":"x"})", ""});
    file.append({}, many);
    JournalReader reader(path);
    int slices = 0;
    const auto verdict = reader.verify(known(), [&] {
        if (++slices == 2)
            file.append({}, of_case("C-2")); // nobody waits for anybody
        return true;
    });
    ASSERT_TRUE(verdict);
    EXPECT_FALSE(verdict->flaw) << verdict->flaw->what;
    EXPECT_EQ(verdict->last, 12'011);
    EXPECT_EQ(slices, 4);
    EXPECT_FALSE(reader.verify(known(), [] { return false; })) << "it was told to stop";
    raw(path, "UPDATE journal SET body='{}' WHERE seq=5000");
    raw(path, "INSERT INTO personal VALUES (99999, x'00', '{}')");
    const auto bad = reader.verify(known(), [] { return true; });
    ASSERT_TRUE(bad && bad->flaw);
    EXPECT_EQ(bad->flaw->seq, 5'000);
}

struct JournalDeskTest : JournalReaderTest {
    boost::asio::io_context loop{1};
    std::vector<broker::JournalAnswered> answers;
    JournalDesk desk{loop, path, signer().key.public_key(),
                     [this](broker::JournalAnswered answer) { answers.push_back(std::move(answer)); }};

    broker::JournalAnswered ask(broker::AskJournal question) {
        answers.clear();
        desk.ask(std::move(question));
        const auto limit = std::chrono::steady_clock::now() + 60s;
        while (answers.empty() && std::chrono::steady_clock::now() < limit) {
            loop.restart();
            loop.run_for(5ms);
        }
        return answers.empty() ? broker::JournalAnswered{} : answers[0];
    }
};

TEST_F(JournalDeskTest, answers_on_the_loop) {
    EXPECT_THAT(ask({wire::JournalQueryParams{}, 7}).result, HasSubstr(R"("seq":10)"));
    EXPECT_EQ(answers[0].token, 7U);
    EXPECT_THAT(ask({wire::JournalVerifyParams{}, 8}).result, HasSubstr(R"("whole":true)"));
    wire::JournalVerifyParams kept;
    kept.head = "10: 0000 0000 0000 0000 0000 0000";
    EXPECT_THAT(ask({kept, 9}).result, HasSubstr(R"("flaw":{"seq":10)"));
    kept.head = "nonsense";
    EXPECT_EQ(ask({kept, 10}).error.value().path, "params.head");
    std::filesystem::rename(path, files.path() / "gone");
    EXPECT_EQ(ask({wire::JournalVerifyParams{}, 11}).error.value().code, model::Code::journal_failed);
}

TEST_F(JournalDeskTest, gives_the_head_for_paper_and_for_programs) {
    StoreFile file(files.path());
    EXPECT_EQ(desk.head(3, std::nullopt).error.value().code, model::Code::not_ready);
    const auto head = file.sign_head();
    ASSERT_TRUE(head);
    EXPECT_THAT(desk.head(3, head).result, HasSubstr(R"("paper":"10: )"));
}

} // namespace
} // namespace rekam::rekamd
