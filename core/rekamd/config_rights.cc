// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/config_rights.h"

#include <algorithm>
#include <charconv>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace rekam::rekamd {
namespace {

using Members = broker::Rights::Members;

std::optional<std::int64_t> number_behind(const std::string& text, std::string_view prefix) {
    if (!text.starts_with(prefix))
        return std::nullopt;
    std::int64_t number = -1;
    const auto [end, error] = std::from_chars(text.data() + prefix.size(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size() && number >= 0;
    return whole ? std::optional(number) : std::nullopt;
}

// The lookups are not reentrant; the configuration is read by one thread.

bool add_user(const std::string& name, Members& members) {
    const passwd* user = ::getpwnam(name.c_str());
    if (user)
        members.uids.push_back(user->pw_uid);
    return user != nullptr;
}

bool add_group(const std::string& name, Members& members) {
    const group* found = ::getgrnam(name.c_str());
    if (!found)
        return false;
    members.gids.push_back(found->gr_gid); // of those who have it as their first group
    std::vector<std::string> names;
    for (char** member = found->gr_mem; *member; ++member)
        names.emplace_back(*member);
    for (const auto& member : names)
        add_user(member, members); // a member that is no user any more cannot connect
    return true;
}

/// "siti", "@technicians", "uid:1000", "gid:27"; what is wrong with it, or nothing.
std::string add(const std::string& text, Members& members) {
    if (const auto uid = number_behind(text, "uid:")) {
        members.uids.push_back(*uid);
        return "";
    }
    if (const auto gid = number_behind(text, "gid:")) {
        members.gids.push_back(*gid);
        return "";
    }
    if (text.starts_with('@'))
        return add_group(text.substr(1), members) ? "" : "no group is named " + text.substr(1) + " on this machine";
    return !text.empty() && add_user(text, members)
               ? ""
               : "no user is named '" + text + "' on this machine; a group is written as @name, a number as uid:1000";
}

} // namespace

void read_rights(Table table, Config& config) {
    if (!config.broker.rights)
        config.broker.rights.emplace();
    auto& rights = *config.broker.rights;
    rights.owners = {0, static_cast<std::int64_t>(::geteuid())};
    for (std::size_t i = 0; i < model::Names<model::Role>::values.size(); ++i) {
        const auto role = static_cast<model::Role>(i);
        const std::string_view key = model::name(role);
        if (table.has(key)) // a later file replaces the whole list
            rights.members[role] = {};
        table.texts(key, config.rights[role], [&](const std::string& text) { return add(text, rights.members[role]); });
    }
    table.refuse_others();
}

std::string describe_rights(const Config& config) {
    if (!config.broker.rights)
        return "rights: whoever can reach the station may do everything (rekamd.toml has no [rights])\n";
    std::string text;
    for (const auto& [role, members] : config.rights) {
        text += "rights " + std::string(model::name(role)) + ":";
        for (const auto& member : members)
            text += " " + member;
        text += members.empty() ? " nobody but root and the station's own user\n" : "\n";
    }
    return text;
}

} // namespace rekam::rekamd
