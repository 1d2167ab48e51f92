// SPDX-License-Identifier: Apache-2.0
// Other device stacks that deliver a large picture: how each of them hands 26 MB to a program, decoded and in memory.
#pragma once

#include "tests/bench/targets.h"

#include <string_view>
#include <vector>

namespace rekam::bench {

/// DEVICE: as SANE names it ("test:0", "net:127.0.0.1:test:0"); SANE_CONFIG_DIR says which. One scan of 8-bit colour.
std::unique_ptr<Target> make_sane_target(const std::string& device, std::size_t bytes);
/// SOCKET: the absolute path of indiserver's Unix socket, over which pictures come as descriptors. The driver behind it
/// is rekam-bench-indi.
std::unique_ptr<Target> make_indi_target(const std::string& socket, std::size_t bytes);
/// `place`: SOCKET#TICKET of a preview of ours.
std::unique_ptr<Target> make_preview_target(const std::string& place, std::size_t bytes);
/// JSON with the picture as base64, over HTTP from a port of 127.0.0.1.
std::unique_ptr<Target> make_http_target(const std::string& port, std::size_t bytes);

void serve_http(int port, std::size_t bytes);

} // namespace rekam::bench
