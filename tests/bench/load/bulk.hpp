// One bulk stream through a tunnel, for the jobs that measure it and for those that only want it beside them.
#pragma once

#include "load/job.hpp"

namespace aluvia::bench {

Flow download(Job& job);

}  // namespace aluvia::bench
