// SPDX-License-Identifier: Apache-2.0
// Every way to tamper with a journal is found, and the first bad row is named.
#include "tests/unit/journal/book.h"

#include <gmock/gmock.h>

#include <functional>
#include <random>

namespace rekam::journal {
namespace {

using testing::HasSubstr;

Verdict verify(const Book& book, Anchors anchors = {}) {
    Verifier verifier(std::move(anchors));
    for (const auto& [seq, head] : book.heads)
        verifier.add(seq, head);
    for (const auto& row : book.rows) {
        const auto own = std::ranges::find(book.personal, row.seq, &Personal::seq);
        verifier.add(row, own == book.personal.end() ? nullptr : &*own);
    }
    for (const auto& one : book.personal)
        if (std::ranges::find(book.rows, one.seq, &Row::seq) == book.rows.end())
            verifier.add_orphan(one.seq);
    return verifier.finish();
}

/// Key, then `rows` rows, every third about a person; heads in the middle and at the end.
Book make_book(std::size_t rows, std::mt19937& random) {
    Book book;
    book.add(announce(station_key()));
    for (std::size_t i = 1; i < rows; ++i) {
        book.add(R"({"kind":"capture.end","n":)" + std::to_string(random()) + "}",
                 random() % 3 == 0 ? R"({"case":"C-)" + std::to_string(random()) + "\"}" : "",
                 sha256(std::to_string(random())));
        if (random() % 16 == 0)
            book.sign_last(station_key());
    }
    if (book.heads.empty() || book.heads.back().first != book.rows.back().seq)
        book.sign_last(station_key());
    return book;
}

struct VerifyTest : testing::Test {
    std::mt19937 random{7};
    Book book = make_book(40, random);
    Anchors anchors{.public_key = station_key().public_key(), .kept = {}, .personal = true};

    std::string what(std::int64_t seq) {
        const auto verdict = verify(book, anchors);
        if (!verdict.flaw)
            return "whole";
        EXPECT_EQ(verdict.flaw->seq, seq) << verdict.flaw->what;
        return verdict.flaw->what;
    }
};

TEST_F(VerifyTest, a_whole_journal_is_whole) {
    const auto verdict = verify(book, anchors);
    EXPECT_FALSE(verdict.flaw) << verdict.flaw->seq << ": " << verdict.flaw->what;
    EXPECT_EQ(verdict.first, 1);
    EXPECT_EQ(verdict.last, 40);
    EXPECT_EQ(verdict.heads, std::ssize(book.heads));
    EXPECT_EQ(verdict.unsigned_, 0);
    book.add("{}");
    EXPECT_EQ(verify(book, anchors).unsigned_, 1);
    EXPECT_FALSE(verify(Book{}, anchors).flaw) << "an empty one is as well";
}

TEST_F(VerifyTest, a_changed_row_is_named) {
    book.rows[6].body += " ";
    EXPECT_THAT(what(7), HasSubstr("does not fit"));
}

TEST_F(VerifyTest, a_row_that_is_gone_is_named) {
    book.rows.erase(book.rows.begin() + 9, book.rows.begin() + 12);
    EXPECT_THAT(what(10), HasSubstr("is missing, and those up to 12"));
}

TEST_F(VerifyTest, a_tail_that_was_cut_off_is_found_by_its_head) {
    book.rows.resize(35);
    std::erase_if(book.personal, [](const auto& one) { return one.seq > 35; });
    EXPECT_THAT(what(36), HasSubstr("are missing: the station signed them"));
}

TEST_F(VerifyTest, a_tail_that_was_cut_off_with_its_heads_is_found_by_a_kept_one) {
    const SignedHead newest = book.heads.back().second;
    const auto paper = on_paper(*read_head(newest.text));
    book.rows.resize(35);
    std::erase_if(book.personal, [](const auto& one) { return one.seq > 35; });
    std::erase_if(book.heads, [](const auto& one) { return one.first > 35; });
    book.sign_last(station_key()); // even by one who has the key
    EXPECT_EQ(what(0), "whole") << "nothing in the journal itself can tell";
    anchors.kept = {*read_kept(paper)};
    EXPECT_THAT(what(36), HasSubstr("a head of them was kept"));
    anchors.kept = {*read_kept(print_head(newest))};
    EXPECT_THAT(what(36), HasSubstr("a head of them was kept"));
}

TEST_F(VerifyTest, a_journal_that_was_written_anew_is_found_by_its_heads_its_key_or_a_kept_head) {
    const Book before = book;
    const SigningKey thief(std::string(32, 't'));
    book.rows[20].body = R"({"kind":"nothing.happened"})";
    book.chain_again();
    EXPECT_THAT(verify(book, anchors).flaw.value().what, HasSubstr("not the row that the station signed"));
    book.rows[0].body = announce(thief); // and signs it as if it were the station
    book.chain_again();
    book.heads.clear();
    book.sign_last(thief);
    EXPECT_THAT(what(40), HasSubstr("another key"));
    anchors.public_key.reset();
    EXPECT_EQ(what(0), "whole") << "who knows nothing from elsewhere cannot tell";
    anchors.kept = {*read_kept(on_paper(*read_head(before.heads.back().second.text)))};
    EXPECT_THAT(what(40), HasSubstr("the kept head names"));
}

TEST_F(VerifyTest, a_kept_head_of_another_station_is_refused) {
    Book other;
    other.add("{}");
    const SigningKey key(std::string(32, 'o'));
    anchors.kept = {*read_kept(print_head(other.sign_last(key, "S-2")))};
    EXPECT_THAT(what(1), HasSubstr("kept head"));
}

TEST_F(VerifyTest, an_erased_person_is_no_flaw_and_a_person_that_vanished_is) {
    const auto seq = book.personal[2].seq;
    book.personal.erase(book.personal.begin() + 2);
    EXPECT_THAT(what(seq), HasSubstr("no entry says that it was erased"));
    const auto number = std::to_string(seq);
    book.add(R"({"kind":"journal.erased","seqs":[[)" + number + "," + number + "]]}");
    book.sign_last(station_key());
    EXPECT_EQ(what(0), "whole");
    EXPECT_EQ(verify(book, anchors).erased, 1);
    book.personal[0].body = R"({"case":"somebody else"})";
    EXPECT_THAT(what(book.personal[0].seq), HasSubstr("personal part was changed"));
}

TEST_F(VerifyTest, what_was_moved_to_a_file_must_be_named_and_must_fit) {
    const std::string hash = to_hex(book.rows[9].hash);
    const auto move = [&](const std::string& named) {
        book.add(R"({"kind":"journal.moved","first":1,"last":10,"hash":")" + named + "\"}");
        book.sign_last(station_key());
        book.rows.erase(book.rows.begin(), book.rows.begin() + 10);
        std::erase_if(book.heads, [](const auto& one) { return one.first <= 10; });
    };
    const Book before = book;
    move(hash);
    EXPECT_EQ(what(0), "whole") << "their personal parts may stay";
    anchors.kept = {{.seq = 3, .hash_digits = std::string(24, '0'), .whole = {}}};
    EXPECT_EQ(verify(book, anchors).unchecked, 1);
    anchors.kept.clear();
    book = before;
    move(std::string(64, '0'));
    EXPECT_THAT(what(11), HasSubstr("does not follow"));
    book = before;
    book.rows.erase(book.rows.begin(), book.rows.begin() + 10);
    EXPECT_THAT(what(1), HasSubstr("no entry says that they were moved"));
}

TEST_F(VerifyTest, a_file_is_deleted_as_the_one_that_was_moved_and_its_keys_count_on) {
    const SigningKey second(std::string(32, '2'));
    const auto says = [&](const char* kind, const std::string& hash, const std::string& more) {
        book.add(R"({"kind":")" + std::string(kind) + R"(","first":1,"last":10,"hash":")" + hash + "\"" + more + "}");
    };
    const std::string hash = to_hex(book.rows[9].hash);
    says("journal.moved", hash, R"(,"keys":[")" + to_hex(second.public_key()) + "\"]");
    book.sign_last(second);
    says("journal.dropped", hash, "");
    book.sign_last(station_key());
    book.rows.erase(book.rows.begin(), book.rows.begin() + 10);
    std::erase_if(book.heads, [](const auto& one) { return one.first <= 10; });
    EXPECT_EQ(what(0), "whole") << "its own key's entry may have gone with the file";
    says("journal.dropped", std::string(64, '0'), "");
    book.sign_last(station_key());
    EXPECT_THAT(what(book.rows.back().seq), HasSubstr("another entry 10"));
}

TEST_F(VerifyTest, heads_that_were_taken_away_or_changed_are_found) {
    const Book before = book;
    book.heads.clear();
    EXPECT_THAT(what(1), HasSubstr("heads were taken away"));
    book = before;
    book.heads.back().second.signature[5] ^= 1;
    EXPECT_THAT(what(40), HasSubstr("signature"));
    book = before;
    book.heads.back().second.text[30] ^= 1;
    EXPECT_TRUE(verify(book, anchors).flaw);
}

TEST(Head, paper_and_file_are_read_back_and_nothing_else_is) {
    const Head head{"S-1", 1234, sha256("x"), 17, {}};
    const SignedHead made = sign(head, station_key());
    EXPECT_TRUE(is_signed(made.text, made.signature, station_key().public_key()));
    EXPECT_EQ(read_head(made.text)->hash, head.hash);
    const auto kept = read_kept(print_head(made));
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->whole, made);
    const auto paper =
        read_kept(" 1234 : " + to_hex(head.hash).substr(0, 12) + "-" + to_hex(head.hash).substr(12, 12) + "\n");
    ASSERT_TRUE(paper);
    EXPECT_EQ(paper->seq, 1234);
    EXPECT_EQ(paper->hash_digits, to_hex(head.hash).substr(0, 24));
    for (const std::string wrong :
         {"", "1234", "1234: 3f9a", "x: 3f9a11c288de0a4b77aa0913", "1: zz9a11c288de0a4b77aa0913",
          "0: 3f9a11c288de0a4b77aa0913", "rekam journal head 1\nstation S-1\n"})
        EXPECT_FALSE(read_kept(wrong)) << wrong;
}

// --- ten thousand ways ---

using Tamper = std::function<std::string(Book&, std::mt19937&)>;

std::size_t pick(std::mt19937& random, std::size_t below) { return random() % below; }

void flip(std::string& bytes, std::mt19937& random) {
    bytes[pick(random, bytes.size())] ^= static_cast<char>(1U << (random() % 8));
}

const std::vector<Tamper> tampers{
    [](Book& b, std::mt19937& r) { return flip(b.rows[pick(r, b.rows.size())].body, r), "body flipped"; },
    [](Book& b, std::mt19937& r) { return flip(b.rows[pick(r, b.rows.size())].commitment, r), "commitment flipped"; },
    [](Book& b, std::mt19937& r) { return flip(b.rows[pick(r, b.rows.size())].hash, r), "hash flipped"; },
    [](Book& b, std::mt19937& r) {
        const auto at = pick(r, b.rows.size());
        std::erase_if(b.personal, [&](const auto& one) { return one.seq == b.rows[at].seq; });
        b.rows.erase(b.rows.begin() + static_cast<std::ptrdiff_t>(at));
        return "deleted";
    },
    [](Book& b,
       std::mt19937& r) { // a copy of a row, chained to the one before, under a number that is taken from there on
        const auto at = pick(r, b.rows.size());
        Row row = b.rows[pick(r, b.rows.size())];
        row.seq = b.rows[at].seq;
        row.hash = hash_of(at == 0 ? nothing() : b.rows[at - 1].hash, row.seq, row.body, row.commitment);
        for (auto i = at; i < b.rows.size(); ++i)
            ++b.rows[i].seq;
        b.rows.insert(b.rows.begin() + static_cast<std::ptrdiff_t>(at), row);
        return "inserted";
    },
    [](Book& b, std::mt19937& r) {
        const auto at = pick(r, b.rows.size() - 1);
        std::swap(b.rows[at].body, b.rows[at + 1].body);
        std::swap(b.rows[at].commitment, b.rows[at + 1].commitment);
        std::swap(b.rows[at].hash, b.rows[at + 1].hash);
        return "reordered";
    },
    [](Book& b, std::mt19937& r) { return b.rows.resize(pick(r, b.rows.size())), "truncated"; },
    [](Book& b, std::mt19937& r) { // everything from here on is chained anew
        flip(b.rows[1 + pick(r, b.rows.size() - 1)].body, r);
        return b.chain_again(), "rewritten";
    },
    [](Book& b, std::mt19937& r) {
        b.personal.erase(b.personal.begin() + static_cast<std::ptrdiff_t>(pick(r, b.personal.size())));
        return "personal part removed";
    },
    [](Book& b, std::mt19937& r) {
        return flip(b.personal[pick(r, b.personal.size())].body, r), "personal part flipped";
    },
    [](Book& b, std::mt19937& r) { return flip(b.personal[pick(r, b.personal.size())].salt, r), "salt flipped"; },
    [](Book& b, std::mt19937& r) { return flip(b.heads[pick(r, b.heads.size())].second.text, r), "head flipped"; },
    [](Book& b, std::mt19937& r) {
        return flip(b.heads[pick(r, b.heads.size())].second.signature, r), "signature flipped";
    },
};

TEST(Tampering, of_every_kind_is_found_ten_thousand_times) {
    constexpr unsigned seed = 20'261'127;
    std::mt19937 random(seed);
    Anchors anchors{.public_key = station_key().public_key(), .kept = {}, .personal = true};
    std::size_t done = 0;
    while (done < 10'000) {
        const Book whole = make_book(4 + pick(random, 40), random);
        ASSERT_FALSE(verify(whole, anchors).flaw);
        if (whole.personal.empty())
            continue;
        for (int again = 0; again < 20; ++again, ++done) {
            Book book = whole;
            const std::string what = tampers[pick(random, tampers.size())](book, random);
            if (book.rows == whole.rows && book.personal == whole.personal && book.heads == whole.heads)
                continue; // two equal rows were swapped
            ASSERT_TRUE(verify(book, anchors).flaw) << what << " in case " << done << " of seed " << seed;
        }
    }
}

} // namespace
} // namespace rekam::journal
