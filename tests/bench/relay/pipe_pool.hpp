// Pipes for splice(2). Few exist, because a direction holds one only while bytes are in it.
#pragma once

#include "base/fd.hpp"

#include <memory>
#include <vector>

namespace aluvia::bench {

struct Pipe {
  Fd out;
  Fd in;
};

class PipePool {
 public:
  // Null when the system has no more descriptors.
  std::unique_ptr<Pipe> take();
  // `pipe` must be empty.
  void give_back(std::unique_ptr<Pipe> pipe);

 private:
  std::vector<std::unique_ptr<Pipe>> spare_;
};

}  // namespace aluvia::bench
