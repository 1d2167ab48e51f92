// SPDX-License-Identifier: Apache-2.0
// A host's side of one job, for drivers under test: it remembers what the plugin did.
#pragma once

#include <rekam/plugin.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace rekam::test {

class FakeJob {
  public:
    struct Submitted {
        rekam_frame_t record;
        std::string bytes;
        std::vector<rekam_region_t> regions;
    };

    FakeJob() {
        request.size = sizeof request;
        request.subject = "";
        table.data = this;
        table.request = &request;
        table.cancelled = [](const rekam_job_t* j) { return self(j).is_cancelled; };
        table.remaining_ms = [](const rekam_job_t*) -> std::uint64_t { return 1'000; };
        table.event = [](const rekam_job_t* j, const rekam_event_t* e) { self(j).events.push_back(*e); };
        table.frame_new = [](const rekam_job_t* j, std::uint64_t, rekam_frame_t* out) {
            const std::uint32_t size = out->size;
            *out = {};
            out->size = size;
            out->token = ++self(j).tokens;
            self(j).open[out->token] = {};
            return self(j).refuse_new;
        };
        table.frame_write = [](const rekam_job_t* j, rekam_frame_t* f, const void* data, std::size_t bytes) {
            self(j).open[f->token].bytes.append(static_cast<const char*>(data), bytes);
            return self(j).refuse_write;
        };
        table.frame_region = [](const rekam_job_t* j, rekam_frame_t* f, const rekam_region_t* region) {
            self(j).open[f->token].regions.push_back(*region);
            return static_cast<std::uint32_t>(REKAM_OK);
        };
        table.frame_submit = [](const rekam_job_t* j, rekam_frame_t* f) {
            auto node = self(j).open.extract(f->token);
            node.mapped().record = *f;
            self(j).frames.push_back(std::move(node.mapped()));
            return self(j).refuse_submit;
        };
        table.frame_drop = [](const rekam_job_t* j, rekam_frame_t* f) {
            self(j).dropped += self(j).open.erase(f->token);
        };
        table.result = [](const rekam_job_t* j, const char* key, const char* json) {
            self(j).results[key] = json;
            return static_cast<std::uint32_t>(REKAM_OK);
        };
    }

    void option(rekam_option_t one) {
        options.push_back(one);
        request.options = options.data();
        request.option_count = static_cast<std::uint32_t>(options.size());
    }
    void text(const char* key, const char* value) { option({key, REKAM_VALUE_TEXT, 0, 0, 0, value}); }
    void integer(const char* key, std::int64_t value) {
        option({key, REKAM_VALUE_INTEGER, 0, value, static_cast<double>(value), "n"});
    }
    void parts(std::vector<const char*> words) {
        part_words = std::move(words);
        request.parts = part_words.data();
        request.part_count = static_cast<std::uint32_t>(part_words.size());
    }

    rekam_request_t request{};
    rekam_job_t table{};
    std::vector<rekam_option_t> options;
    std::vector<const char*> part_words;
    bool is_cancelled = false;
    std::uint32_t refuse_new = REKAM_OK, refuse_write = REKAM_OK, refuse_submit = REKAM_OK;
    std::vector<rekam_event_t> events;
    std::vector<Submitted> frames;
    std::map<std::uint64_t, Submitted> open;
    std::map<std::string, std::string> results;
    std::size_t dropped = 0;

  private:
    static FakeJob& self(const rekam_job_t* job) { return *static_cast<FakeJob*>(job->data); }
    std::uint64_t tokens = 0;
};

} // namespace rekam::test
