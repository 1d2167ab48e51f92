// SPDX-License-Identifier: Apache-2.0
#include "core/broker/identify.h"

namespace rekam::broker {

void slot_identify(Step& step, const Asked& asked) {
    step.reply(asked.reply_to, model::make_error(model::Code::not_covered, "the device cannot show which one it is"));
}

} // namespace rekam::broker
