// SPDX-License-Identifier: Apache-2.0
// The commands. Each returns the exit code, and throws rekam::Error for what the station refused.
#pragma once

#include "core/ctl/context.h"

#include <cstdint>
#include <string>
#include <vector>

namespace rekam::ctl {

struct CaptureArguments {
    std::string slot;
    std::string subject;          ///< empty: what the slot's function is for
    std::string directory = ".";  ///< where the frames go
    std::vector<std::string> set; ///< key=value
    std::string case_id;          ///< empty: a case of its own, purpose test
    std::int64_t deadline_ms = 60'000;
    std::int64_t wait_ms = 0; ///< for the lease
};

struct PrintArguments {
    std::string slot, encoder, front, back, on_fail, cites; ///< front, back: files
    std::string reprint_of, reason, second;                 ///< of a reprint
    std::vector<std::string> steps, tracks, apdus, set;     ///< apdus: hex, sent at the step chip
    std::string case_id;                                    ///< empty: a case of its own, purpose test
    std::int64_t deadline_ms = 60'000;
    std::int64_t wait_ms = 0; ///< for the lease
};

struct PreviewArguments {
    std::string slot;
    std::string file;        ///< "-": the pictures one after the other to standard output
    std::int64_t frames = 0; ///< then it stops; 0: until it is interrupted
    std::int64_t rate_hz = 0, width_px = 0;
    std::string case_id;      ///< empty: a case of its own, purpose test
    std::int64_t wait_ms = 0; ///< for the lease
};

struct ReconcileArguments {
    std::string job, effect, by, second, reason, blank;
};

struct BlankArguments {
    std::string slot, by, reason;
    std::int64_t count = 0;
};

struct DrainArguments {
    bool off = false, wait = false;
    std::string reason, by;
};

struct CardArguments {
    std::string slot, intent = "read", case_id;
    std::vector<std::string> commands; ///< hex
    std::int64_t wait_ms = 0;          ///< for the lease
};

struct MockArguments {
    std::string device;                ///< or the slot that stands for it
    std::string fault;                 ///< its name, or "clear"
    std::vector<std::string> settings; ///< key=value
    std::string script;                ///< a file of [[fault]] tables
};

struct JournalArguments {
    std::string since, job, slot, kind; ///< of what is listed
    std::string file, head, key;        ///< of what is verified; no file: the station's own
    std::string case_id, reason, by;    ///< of what is erased; by empty: the operator
};

struct ReportArguments {
    std::string day, zone, csv, html; ///< csv, html: also as a file; empty for none
    std::vector<std::string> merge;   ///< exported journals; none: the station's own
};

struct SupportArguments {
    std::string output, qr;                 ///< a file, a slot; one of them at least
    std::string config = "/etc/rekam", log; ///< log empty: the systemd journal
};

Exit list(Context& context, const std::string& what);
Exit show(Context& context, const std::string& name);
Exit watch(Context& context, const std::vector<std::string>& streams, std::int64_t count);
Exit capture(Context& context, const CaptureArguments& arguments);
Exit preview(Context& context, const PreviewArguments& arguments);
Exit health(Context& context, const std::string& slot, const std::string& level);
Exit plugins(Context& context);
/// `device` empty: all of them. `by` not empty: they begin anew.
Exit statistics(Context& context, const std::string& device, const std::string& by);
/// `html`: also as a file; empty for none.
Exit readiness(Context& context, const std::string& level, const std::string& html);
Exit case_open(Context& context, const std::string& purpose);
Exit case_close(Context& context, const std::string& case_id, const std::vector<std::string>& keep);
Exit case_list(Context& context, const std::string& state);
Exit case_show(Context& context, const std::string& case_id);
Exit print(Context& context, const PrintArguments& arguments);
Exit card(Context& context, const CardArguments& arguments);
Exit bind_slot(Context& context, const std::string& slot, const std::string& device);
Exit mocks(Context& context);
Exit mock(Context& context, const MockArguments& arguments);
Exit support(Context& context, const SupportArguments& arguments);
Exit jobs(Context& context);
Exit journal_list(Context& context, const JournalArguments& arguments);
Exit journal_head(Context& context);
Exit journal_verify(Context& context, const JournalArguments& arguments);
Exit journal_export(Context& context, const std::string& file);
Exit journal_erase(Context& context, const JournalArguments& arguments);
Exit report(Context& context, const ReportArguments& arguments);
Exit cancel(Context& context, const std::string& job);
Exit job_list(Context& context, bool open);
Exit job_reconcile(Context& context, const ReconcileArguments& arguments);
/// Without a slot: the hoppers of all printers.
Exit cards_show(Context& context, const std::string& slot);
Exit cards_change(Context& context, const std::string& what, const BlankArguments& arguments);
Exit drain(Context& context, const DrainArguments& arguments);

/// "key=value" as a parameter: whole numbers, true, false and JSON in {} [] "" as such, everything else as text.
std::pair<std::string, Value> parameter(const std::string& assignment);
/// The file's name for a frame: slot, job, number, and the ending of its media type.
std::string file_name(const std::string& slot, const std::string& job, const FrameRecord& frame);
/// A record as indented lines; nested ones below their name.
std::string lines_of(const std::string& json);
/// "left rear (usb:1-2.3)": as people call the place, and as the station does.
std::string port_text(const std::string& physical, const std::string& port);
/// The instant in local time.
std::string local_time(std::int64_t utc_us);
/// The whole file, or none of it: an old one stays until the new one is on the disk.
void write_file(const std::string& path, std::string_view text);
/// How far a hopper still reaches: "about 40 cards left, empty near 14:30 at today's pace".
std::string forecast_line(const HopperRecord& hopper);
std::string joined(const std::vector<std::string>& words);

} // namespace rekam::ctl
