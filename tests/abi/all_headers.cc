// SPDX-License-Identifier: Apache-2.0
// The same headers as C++17, and the wrapper.
#include <rekam/ext/analyse.h>
#include <rekam/ext/card_transport.h>
#include <rekam/ext/evidence.h>
#include <rekam/ext/preview.h>
#include <rekam/ext/settings.h>
#include <rekam/plugin.hpp>
