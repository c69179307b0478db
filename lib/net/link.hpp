// An intrusive list whose members leave it by themselves, wherever they are and whatever list it is: what
// waits can be destroyed at any time, and nobody needs to look for it.
#pragma once

namespace aluvia::net {

class Link {
 public:
  Link() noexcept = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  bool is_linked() const noexcept { return next_ != this; }
  Link* next() noexcept { return next_; }
  void unlink() noexcept {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }

 private:
  friend class LinkHead;
  Link* previous_ = this;
  Link* next_ = this;
};

/// The list. Its members outlive their membership, not the other way round: whoever destroys a head empties
/// it first.
class LinkHead {
 public:
  bool empty() const noexcept { return !head_.is_linked(); }
  Link* front() noexcept { return head_.next_; }
  bool is_head(const Link* link) const noexcept { return link == &head_; }
  void push_back(Link& link) noexcept {
    link.unlink();
    link.previous_ = head_.previous_;
    link.next_ = &head_;
    head_.previous_->next_ = &link;
    head_.previous_ = &link;
  }
  /// Takes over all members of `other`. Precondition: this one is empty.
  void take(LinkHead& other) noexcept {
    if (other.empty()) return;
    head_.next_ = other.head_.next_;
    head_.previous_ = other.head_.previous_;
    head_.next_->previous_ = head_.previous_->next_ = &head_;
    other.head_.previous_ = other.head_.next_ = &other.head_;
  }

 private:
  Link head_;
};

}  // namespace aluvia::net
